"""What is known of a candidate when somebody is to decide on it, gathered from ledger, registry, lake and configuration."""

from datetime import datetime, timedelta
from typing import Any

from reviewloop.adapters.lake import artifacts, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import automation as present
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.card_facts import newest_card
from reviewloop.adapters.rollout.traffic import read_traffic
from reviewloop.config import load_config
from reviewloop.core.release import automation, past, standing
from reviewloop.core.release.automation import Proposal
from reviewloop.core.release.brief import Brief, PlanBrief
from reviewloop.core.release.events import Event
from reviewloop.core.rollout.forecast import forecast, in_words, why_refused
from reviewloop.core.rollout.plan import plan_of
from reviewloop.errors import PermanentError
from reviewloop.refs import CandidateRef


def decision(events: standing.Events, candidate: CandidateRef) -> dict[str, str]:
    """What the ledger keeps of a question: the level, who decides, what the loop would say (empty: no opinion), who trained."""
    release, tags = present.release_now(), registry.get_version(candidate.version).tags
    level, proposal = present.level(events), _proposal(events, candidate, s3.read_json(candidate.gate_report_uri), tags)
    return {
        "level": level, "decides": "loop" if automation.is_for_the_loop(level, proposal) else "person",
        "proposal": "" if level == "human_only" else proposal.word, "trainer": tags.get(Tag.TRAINED_BY, ""),
        "sure_delta": f"{release.sure_delta:g}",
    }  # fmt: skip


def brief(candidate: CandidateRef) -> Brief:
    """All that the person is told who decides on the candidate."""
    events, release, report = ledger.read(), present.release_now(), s3.read_json(candidate.gate_report_uri)
    tags, level = registry.get_version(candidate.version).tags, present.level(events)
    proposal = _proposal(events, candidate, report, tags)
    is_loops = automation.is_for_the_loop(level, proposal)
    agreed, asked = automation.agreement(events)
    return Brief(
        candidate=candidate, report=report, replaces=standing.champion_version(events), trainer=tags.get(Tag.TRAINED_BY, ""),
        commit=tags.get(Tag.GIT_COMMIT, ""), is_dirty=_is_dirty(tags), level=level, proposal=proposal, is_for_the_loop=is_loops,
        past=tuple(past.in_words(event, _gates_of(event), report.get("gates", ())) for event in _past(events, candidate)),
        waits=timedelta(seconds=release.objection_seconds if is_loops else release.approval_timeout_seconds),
        agreed=agreed, asked=asked, plan=_plan(events), approvers=release.approvers,
        trainer_may_approve=release.trainer_may_approve, card_uri=_card_page(candidate.version),
    )  # fmt: skip


def _card_page(version: str) -> str:
    """The page of the model's card; empty where it has none yet."""
    card = newest_card(version)
    return f"{card}/card.html" if card else ""


def _proposal(events: standing.Events, candidate: CandidateRef, report: dict[str, Any], tags: Any) -> Proposal:
    others = []
    if _is_dirty(tags) is not False:
        others.append("its code was not committed" if _is_dirty(tags) else "nobody knows whether its code was committed")
    if told := _past(events, candidate):
        others.append(f"it was {past.in_words(told[-1]).partition(': ')[2]} before")
    return automation.propose(report, present.release_now().sure_delta, others)


def _past(events: standing.Events, candidate: CandidateRef) -> list[Event]:
    return past.of_model(events, artifacts.open_artifact(candidate.model_uri).digest, candidate.job_key)


def _is_dirty(tags: Any) -> bool | None:
    return {"true": True, "false": False}.get(str(tags.get(Tag.GIT_DIRTY, "")).lower())


def _gates_of(event: Event) -> list[dict[str, Any]]:
    """Of an earlier verdict; none where its report is gone, which changes nothing of what it said."""
    try:
        gates: list[dict[str, Any]] = s3.read_json(str(event.facts.get("report_uri", "")))["gates"]
    except (PermanentError, ValueError, KeyError, TypeError):
        return []
    return gates


def _plan(events: standing.Events) -> PlanBrief:
    config = load_config().rollout
    plan = plan_of(config, config.plan)
    if not plan.stages or standing.champion(events) is None:
        return PlanBrief(plan.name, ())
    told = forecast(plan, read_traffic(datetime.fromisoformat(ledger.now()), ignored_callers=config.ignored_callers),
                    config.discordant, config.power)  # fmt: skip
    return PlanBrief(plan.name, tuple(stage.name for stage in plan.stages), in_words(plan, told), why_refused(plan, told))
