"""Rollouts and their evidence, as sound as they come; a test spoils one thing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from reviewloop.config import load_config
from reviewloop.core.release.events import Draft, Event, follow
from reviewloop.core.rollout.coverage import Half
from reviewloop.core.rollout.evidence import (
    CHALLENGER,
    CHAMPION,
    ArmEvidence,
    Evidence,
    PairedEvidence,
    Reads,
    ShadowEvidence,
    StageEvidence,
    latency_step,
)
from reviewloop.core.rollout.paired_quality import Pairs
from reviewloop.core.rollout.plan import Plan, plan_of, to_facts
from reviewloop.core.rollout.state import Rollout, current

START: Final = datetime(2026, 1, 5, 10, tzinfo=UTC)
MIX: Final = {"negative": 0.1, "neutral": 0.15, "positive": 0.75}


def reads(num_units: int, **spoilt: Any) -> dict[str, Any]:
    """Fields of a version that answers ``num_units`` units, one request of one review each, in 10 ms."""
    answers = {name: round(num_units * share) for name, share in MIX.items()}
    steps = {latency_step(10): num_units} if num_units else {}
    return {
        "num_requests": num_units, "num_units": num_units, "num_answered": num_units, "latencies": steps,
        "unit_latencies": steps, "answers": answers, "unit_answers": answers, "num_distinct": num_units,
    } | spoilt  # fmt: skip


def arm(num_units: int, **spoilt: Any) -> ArmEvidence:
    labelled = num_units // 10
    more = {
        "units_answered": num_units, "units_labelled": labelled, "num_reviews": num_units, "num_labelled": labelled,
        "num_chars": 300 * num_units, "labelled_chars": 300 * labelled,
    }  # fmt: skip
    return ArmEvidence(**(reads(num_units) | more | spoilt))


def stage_evidence(
    name: str, share: float, num_units: int, shadow: bool = True, seconds: float = 7200, **spoilt: Any
) -> StageEvidence:
    """``num_units`` units, split by ``share``; ``spoilt`` are fields of what the challenger made of its requests."""
    mine = round(num_units * share)
    first = START + timedelta(minutes=1)
    read = num_units - mine if shadow else 0
    return StageEvidence(
        name, arm(num_units - mine), arm(mine, **(spoilt if share else {})),
        ShadowEvidence(Reads(**reads(read)), Reads(**reads(read, **({} if share else spoilt)))),
        first.isoformat(), (first + timedelta(seconds=seconds)).isoformat(),
    )  # fmt: skip


def paired(num_labels: int = 2000, loss: float = 0.0) -> PairedEvidence:
    """Of a challenger whose accuracy is lower by ``loss``; one alone is right on 12 % of the reviews."""
    theirs, mine = round(num_labels * (0.12 + loss) / 2), round(num_labels * (0.12 - loss) / 2)
    negative = num_labels // 10
    alone = round(negative * 0.06)
    half = Half(num_labels * 5, num_labels // 2, num_labels * 5, num_labels // 2)
    return PairedEvidence(
        num_labels * 10, num_labels, num_labels * 10, num_labels, Pairs(theirs, mine, num_labels - theirs - mine),
        Pairs(alone, alone, negative - 2 * alone), num_labels, {CHAMPION: round(negative * 0.6), CHALLENGER: round(negative * 0.6)},
        300, half, half,
    )  # fmt: skip


def plan(name: str = "staged", **changed: Any) -> Plan:
    return replace(plan_of(load_config("team").rollout, name), **changed)


def ledger(*drafts: Draft, at: datetime = START) -> tuple[Event, ...]:
    events: tuple[Event, ...] = ()
    for draft in drafts:
        events = (*events, follow(events, draft, at.isoformat()))
    return events


def started(of: Plan, **changed: Any) -> Draft:
    facts: Mapping[str, Any] = {"source": "s3://lake/models/2", "salt": "ab12", "replaces": "1", "approval": "a1", **to_facts(of)}
    return Draft("rollout_started", "program:start_rollout", "2", "d2", {**facts, **changed})


PROMOTED: Final = Draft("promoted", "program:promote", "1", "d1", {"source": "s3://lake/models/1"})


def begun(of: Plan) -> str:
    """SHA-256 of the event that starts ``rollout`` of this plan."""
    return ledger(PROMOTED, started(of))[-1].sha256


def extended(of: Plan, hours: float, by: str = "person:ada") -> Draft:
    """A person moves the deadline to ``hours`` after ``START``."""
    until = (START + timedelta(hours=hours)).isoformat()
    return Draft(
        "rollout_extended", by, "2", "d2", {"rollout": begun(of), "reason": "labels come late", "hours": "48", "until": until}
    )


def asked(of: Plan, about: str) -> Draft:
    """A person is asked about this."""
    return Draft("rollout_alarm", "program:judge_rollout", "2", "d2", {"rollout": begun(of), "about": about})


def rollout(of: Plan, at: int = 0, *more: Draft) -> Rollout:
    """Under way, in the stage of this place since ``START``."""
    moves = [Draft("rollout_moved", "program:judge_rollout", "2", "d2", {"rollout": begun(of), "stage": at})] if at else []
    found = current(ledger(PROMOTED, started(of), *moves, *more))
    assert found is not None
    return found


def evidence(of: Rollout, num_units: int = 4000, loss: float = 0.0, num_labels: int = 2000, **spoilt: Any) -> Evidence:
    """Of all stages up to the present one, whose challenger is ``spoilt``."""
    last = of.at
    stages = tuple(
        stage_evidence(
            stage.name, stage.challenger, max(num_units, round(1.2 * stage.requests / (stage.challenger or 1))), stage.shadow > 0,
            max(stage.bake_seconds * 2, 60), **(spoilt if at == last else {}),
        )
        for at, stage in enumerate(of.plan.stages[: last + 1])
    )  # fmt: skip
    return Evidence(of.started.sha256, stages, paired(num_labels, loss), num_records=10_000)
