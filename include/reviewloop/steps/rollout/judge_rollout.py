"""The rollout that is under way is looked at, and moved as far as its evidence carries."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.release import ledger
from reviewloop.adapters.rollout.evidence import read_evidence
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, program
from reviewloop.core.rollout import state
from reviewloop.core.rollout.machine import Advance, Back, Finish, Judgement, Void, deadline, decide
from reviewloop.core.rollout.report import decision_word, report, told, why
from reviewloop.core.rollout.routing import ENDED, MOVED
from reviewloop.core.rollout.state import ALARM, PASSED, Rollout
from reviewloop.errors import NothingToDo
from reviewloop.pages.links import Links
from reviewloop.pages.release.rollout import rollout_page
from reviewloop.refs import QuestionRef, RolloutRef

log = logging.getLogger(__name__)


def judge_rollout() -> RolloutRef:
    """Hold, go on, go back, or let it be promoted (``decision`` is ``finish``); keep the page, then tell the ledger.

    Nothing moves but by evidence: silence and time are a hold, and at the deadline a person is asked. What is decided counts
    only where the rollout still stands in the ledger as it was looked at. Raises ``NothingToDo`` where none is under way, or
    somebody else moved it meanwhile; the first look after an end keeps the page of it.
    """
    events = ledger.read()
    now = state.current(events)
    if now is None:
        raise NothingToDo(_last(events))
    evidence, at = read_evidence(now.started, events), datetime.fromisoformat(ledger.now())
    judged = decide(now, evidence, at)
    page_uri, report_uri = _keep(report(now, evidence, judged, "", state.about(events, now.started), at))
    _tell(now, judged)
    reason = why(judged.decision, now.plan)
    log.info("version %s, stage %s: %s: %s", now.started.version, now.stage.name, decision_word(judged.decision), reason)
    facts = now.started.facts
    question = QuestionRef(
        version=str(now.started.version),
        uri=places.shown(facts["shown"]),
        digest=facts["shown"],
        replaces=facts["replaces"] or None,
    )
    return RolloutRef.model_validate({
        "version": now.started.version, "plan": now.plan.name, "rollout": now.started.sha256, "stage": now.stage.name,
        "decision": decision_word(judged.decision), "reason": reason, "question": question, "report_uri": report_uri,
        "page_uri": page_uri,
    })  # fmt: skip


def _tell(now: Rollout, judged: Judgement) -> None:
    """The decision as an event of the ledger, once."""
    decision, common = judged.decision, {"rollout": now.started.sha256, "findings": [told(one) for one in judged.findings]}
    if isinstance(decision, Advance):
        facts = {**common, "stage": decision.to, "name": now.plan.stages[decision.to].name}
        _append(now, MOVED, facts, lambda found: found.at >= decision.to)
    elif isinstance(decision, (Back, Void)):
        guard = decision.guard if isinstance(decision, Back) else "void"
        _append(now, ENDED, {**common, "guard": guard, "why": decision.why}, lambda _: False)
    elif isinstance(decision, Finish):
        _append(now, PASSED, common, lambda found: found.is_passed)
    elif decision.asks:
        facts = {"rollout": now.started.sha256, "about": decision.asks, "why": decision.reason}
        _append(now, ALARM, facts, lambda found: decision.asks in found.alarms and not found.is_passed)


def _append(now: Rollout, kind: str, facts: dict[str, Any], is_told: Callable[[Rollout], bool]) -> None:
    draft = Draft(kind, program("judge_rollout"), now.started.version, now.started.digest, facts)

    def decide(events: standing.Events) -> Draft | Event:
        found = state.current(events)
        if found is None or found.started.sha256 != now.started.sha256:
            end = state.end_of(events, now.started)
            raise NothingToDo(f"the rollout of version {now.started.version} ended meanwhile (ledger, event {end and end.number})")
        if is_told(found):
            return next(event for event in reversed(events) if event.kind == kind and event.facts["rollout"] == now.started.sha256)
        if (found.at, found.answering) != (now.at, now.answering):
            raise NothingToDo(f"the rollout of version {now.started.version} moved meanwhile, to stage {found.stage.name}")
        if kind == ALARM and deadline(found) != deadline(now):  # what was asked is answered; to go back waits for no deadline
            raise NothingToDo(f"the rollout of version {now.started.version} was given more time meanwhile")
        return draft

    ledger.append(decide)


def _keep(found: dict[str, Any]) -> tuple[str, str]:
    """URIs of the page and of its numbers: those of the newest look, for the ledger keeps what each step rested on."""
    page_uri, report_uri = (_place(found["event"], name) for name in ("report.html", "report.json"))
    s3.write_json(report_uri, found)
    s3.write_bytes(page_uri, rollout_page(found, Links(depth=2)).encode(), "text/html; charset=utf-8")
    return page_uri, report_uri


def _place(number: int, name: str) -> str:
    return places.reports("rollouts", f"rollout={number}", name)


def _last(events: standing.Events) -> str:
    """Keep the page of a rollout that ended since it was looked at; returns why there is nothing to judge."""
    started = state.last(events)
    end = state.end_of(events, started) if started else None
    if started is None or end is None:
        return "no rollout is under way"
    uri = _place(started.number, "report.json")
    if not (s3.exists(uri) and s3.read_json(uri)["is_over"]):
        how = {"promoted": f"version {end.version} was promoted", "rolled_back": f"{end.by} went back to version {end.version}"}
        said = how.get(end.kind, f"it went back: {end.facts.get('guard')}: {end.facts.get('why')}")
        history = (*state.about(events, started), *(() if end.facts.get("rollout") == started.sha256 else (end,)))
        at = datetime.fromisoformat(ledger.now())
        _keep(report(state.standing_of(events, started), read_evidence(started, events), None, said, history, at))
    return f"no rollout is under way; the last one, of version {started.version}, ended with event {end.number} of the ledger"
