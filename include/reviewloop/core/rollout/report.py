"""A rollout as plain JSON: where it stands, what was seen, what is missing and when it will be there. What its page shows."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from reviewloop.core.release.events import Event
from reviewloop.core.rollout.evidence import CHALLENGER, CHAMPION, Evidence, StageEvidence
from reviewloop.core.rollout.excess import chance
from reviewloop.core.rollout.guards import Finding, quantile_ms, window
from reviewloop.core.rollout.machine import Advance, Back, Decision, Hold, Judgement, Void, deadline, needs_of
from reviewloop.core.rollout.plan import Plan, Stage
from reviewloop.core.rollout.state import Rollout
from reviewloop.core.rollout.verdicts import PLACES, coverage, dropped, judge_guards, quality, ratio

MEASURES: Final[Mapping[str, str]] = {
    "not_finite": "share of requests with a probability that is no number",
    "errors": "share of requests that fail, above the champion's",
    "timeouts": "share of requests that time out, above the champion's",
    "refused": "share of requests that it has no room for, above the champion's",
    "gone": "share of callers who go away before its answer, above the champion's",
    "slow": "p99 of its answers, in the champion's of the same window; alone, in what is too slow of any version",
    "constant": "share of its commonest answer",
    "answer_shift": "distance of its mix of answers from the champion's (total variation)",
    "disagreement": "share of reviews that both read and answer otherwise",
    "quality": "accuracy below the champion's, on the same labelled reviews",
    "recall_negative": "recall of complaints below the champion's, on the same complaints",
    "sample_ratio": "gap between a share of the units and what the plan says; the limit is the chance of a false alarm",
}
"""What the value of each guard is, in words."""


def decision_word(decision: Decision) -> str:
    """In one word: ``hold``, ``advance``, ``back``, ``finish`` or ``void``."""
    return type(decision).__name__.lower()


def why(decision: Decision, plan: Plan) -> str:
    """The decision's reason, in words."""
    if isinstance(decision, Hold):
        missing = "; ".join(map(str, decision.missing))
        return f"{decision.reason}: {missing}" if missing and not decision.asks else decision.reason
    if isinstance(decision, Advance):
        return f"stage {plan.stages[decision.to].name} is next: every guard is clear, and nothing is missing"
    if isinstance(decision, Back):
        return f"{decision.guard}: {decision.why}"
    return decision.why if isinstance(decision, Void) else "every stage is passed"


def told(found: Finding) -> dict[str, str]:
    """A finding for the ledger, where measured numbers are text."""
    numbers = {"value": found.value, "p": found.p}
    texts = {name: "" if number is None else f"{number:.4g}" for name, number in numbers.items()}
    return {"guard": found.guard, "word": found.word, "told": found.told, "limit": f"{found.limit:g}", **texts}


def report(
    rollout: Rollout, evidence: Evidence, judged: Judgement | None, ended: str, history: tuple[Event, ...], now: datetime
) -> dict[str, Any]:
    """``judged`` is None for a rollout that is over; ``ended`` then says how, in words. ``history`` are its events."""
    plan, findings = rollout.plan, judged.findings if judged else judge_guards(rollout.plan, rollout.stage, evidence)
    decision = judged.decision if judged else None
    return {
        "version": str(rollout.started.version), "replaces": rollout.replaces, "plan": plan.name,
        "rollout": rollout.started.sha256, "event": rollout.started.number, "stage": rollout.stage.name,
        "started_at": rollout.started_at.isoformat(), "stage_at": rollout.stage_at.isoformat(), "looked_at": now.isoformat(),
        "deadline": deadline(rollout).isoformat(), "is_over": judged is None,
        "decision": decision_word(decision) if decision else "ended",
        "reason": why(decision, plan) if decision else ended,
        "asks": decision.asks if isinstance(decision, Hold) else "",
        "missing": [asdict(one) for one in judged.missing] if judged else [],
        "guards": [asdict(one) | {"measures": MEASURES[one.guard]} for one in findings],
        "stages": [_stage(rollout, at, stage, evidence.stage(stage.name)) for at, stage in enumerate(plan.stages)],
        "ratio": _ratio(plan, evidence), "paired": _paired(plan, evidence),
        "records": {"read": evidence.num_records, "lost": evidence.num_lost, "dropped": evidence.num_dropped,
                    "misattributed": evidence.num_misattributed, "ignored": evidence.num_ignored},
        "ignored_callers": list(plan.ignored_callers),
        "forecast": list(rollout.started.facts.get("forecast", [])), "margin": plan.margin, "alpha": plan.alpha,
        "history": [{"event": one.number, "at": one.at, "kind": one.kind, "by": one.by, "told": _event(one)} for one in history],
    }  # fmt: skip


def _stage(rollout: Rollout, at: int, stage: Stage, found: StageEvidence) -> dict[str, Any]:
    seen = window(stage, found)
    return {
        "name": stage.name, "challenger": stage.challenger, "shadow": stage.shadow, "needs": list(needs_of(stage)),
        "state": "passed" if at < rollout.at else "now" if at == rollout.at else "to come",
        "first_at": found.first_at, "last_at": found.last_at,
        "reads": [
            {
                "who": who, "requests": reads.num_requests, "units": reads.num_units, "errors": reads.num_errors,
                "timeouts": reads.num_timeouts, "refused": reads.num_refused, "gone": reads.num_gone,
                "not_finite": reads.num_not_finite, "p50_ms": quantile_ms(reads.latencies, 0.5),
                "p99_ms": quantile_ms(reads.latencies), "answers": dict(reads.answers),
            }
            for who, reads in ((CHAMPION, seen.champion), (CHALLENGER, seen.challenger))
        ],
        "is_shadow": seen.is_shadow, "shadow_dropped": found.shadow.num_dropped,
        "shadow_read": found.shadow.challenger.num_requests,
    }  # fmt: skip


def _ratio(plan: Plan, evidence: Evidence) -> list[dict[str, Any]]:
    found = ratio(plan, evidence)
    return [
        {
            "place": place, "gap": found[place].largest_gap, "p": chance(found[place].log_evidence),
            "leaked": list(found[place].leaked), **_units(plan, evidence, name),
        }
        for place, name in PLACES.items()
    ]  # fmt: skip


def _units(plan: Plan, evidence: Evidence, name: str) -> dict[str, int]:
    stages = [evidence.stage(stage.name) for stage in plan.stages]
    return {arm: sum(getattr(getattr(stage, arm), name) for stage in stages) for arm in (CHAMPION, CHALLENGER)}


def _paired(plan: Plan, evidence: Evidence) -> dict[str, Any]:
    both, total, gap, lost = evidence.paired, evidence.paired.num_negative, coverage(evidence), dropped(evidence)
    shadows = [stage.shadow for stage in evidence.stages]
    arms = [(getattr(stage, arm), arm) for stage in evidence.stages for arm in (CHAMPION, CHALLENGER)]
    return {
        "num_reviews": both.num_reviews, "num_differ": both.num_differ, "num_labelled": both.num_labelled,
        "labelled_reviews": both.labelled_reviews, **asdict(both.pairs),
        "num_negative": total, "recall_negative": {arm: n / total if total else None for arm, n in both.negative_found.items()},
        "verdict": str(quality(plan, evidence)),
        "coverage": [
            {
                "who": who, "reviews": sum(arm.num_reviews for arm, name in arms if name == who),
                "labelled": sum(arm.num_labelled for arm, name in arms if name == who),
                "chars": sum(arm.num_chars for arm, name in arms if name == who),
                "labelled_chars": sum(arm.labelled_chars for arm, name in arms if name == who),
            }
            for who in (CHAMPION, CHALLENGER)
        ],
        "by_length": {
            "median_chars": both.median_chars, "limit": plan.max_coverage_gap, "gap": gap.value if gap else None,
            "p": gap.p if gap else None, "shorter": asdict(both.shorter), "longer": asdict(both.longer),
        },
        "dropped": {
            "num_read": sum(one.challenger.num_requests for one in shadows), "tokens_read": sum(one.tokens_read for one in shadows),
            "num_dropped": sum(one.num_dropped for one in shadows), "tokens_dropped": sum(one.tokens_dropped for one in shadows),
            "median_tokens": both.median_tokens, "gap": lost.value if lost else None, "p": lost.p if lost else None,
            "shorter": asdict(both.fewer_tokens), "longer": asdict(both.more_tokens),
        },
    }  # fmt: skip


def _event(event: Event) -> str:
    facts = event.facts
    until = f"until {facts['until'][:16].replace('T', ' ')}" if "until" in facts else ""
    told = (facts.get("name"), facts.get("guard"), facts.get("about"), until, facts.get("why"), facts.get("reason"))
    return "; ".join(str(one) for one in told if one) or f"version {event.version}"
