"""An approved version begins to be tried beside the champion."""

import logging
from collections.abc import Collection
from datetime import datetime

from reviewloop.adapters.release import ledger
from reviewloop.adapters.rollout.traffic import read_traffic
from reviewloop.config import ALL_AT_ONCE, load_config
from reviewloop.core.digests import bytes_digest
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, program
from reviewloop.core.rollout import state
from reviewloop.core.rollout.forecast import Traffic, forecast, in_words, why_refused
from reviewloop.core.rollout.plan import plan_of, to_facts
from reviewloop.core.rollout.routing import STARTED, open_rollout
from reviewloop.errors import Refused
from reviewloop.refs import QuestionRef, RolloutRef
from reviewloop.steps.release.ask import read_question
from reviewloop.steps.release.promote import approval_of, changed_champion, require_as_shown, require_fresh

log = logging.getLogger(__name__)


def start_rollout(
    question: QuestionRef, plan: str | None = None, requests_per_hour: float | None = None, labels_per_hour: float | None = None
) -> RolloutRef:
    """Start the rollout of the version that ``question`` was about, if its answer was yes and all is still as it was shown.

    ``plan`` is one of ``rollout.plans`` (default: ``rollout.plan``); ``all_at_once``, which the first champion of all takes, writes
    nothing: ``promote`` is next. The traffic is that of the last 24 hours, unless it is given. Run again it is the same rollout.

    Raises ``Refused`` where there is no yes, a rollout is under way, this approval had its rollout, the plan has no guard, or could
    not come to its verdicts before its deadline at this traffic.
    """
    events = ledger.read()
    _, approval = approval_of(events, question)
    name = plan or load_config().rollout.plan
    if name == ALL_AT_ONCE or standing.champion(events) is None:
        return RolloutRef(
            version=question.version, plan=ALL_AT_ONCE, rollout="", stage="", decision="all_at_once", question=question,
            reason="there is no champion to compare it with" if name != ALL_AT_ONCE else "the plan has no stages",
        )  # fmt: skip
    begun = state.started_by(events, approval)
    if begun is None:
        draft = _draft(events, question, approval, name, requests_per_hour, labels_per_hour)

        def decide(events: standing.Events) -> Draft | Event:
            used = state.started_by(events, approval)
            if used is None:
                _require_room(events, question, str(draft.facts["replaces"]))
            return used or draft

        begun = ledger.append(decide)
    log.info("rollout of version %s by the plan %s (ledger, event %d)", question.version, name, begun.number)
    return _told(ledger.read(), begun, question)


def _draft(
    events: standing.Events, question: QuestionRef, approval: Event, name: str, requests: float | None, labels: float | None
) -> Draft:
    require_fresh(approval)
    shown = read_question(question)
    require_as_shown(events, shown)
    _require_room(events, question, shown["replaces"])
    config = load_config().rollout
    try:
        plan = plan_of(config, name)
    except ValueError as error:
        raise Refused(f"rollout: {error}") from None
    traffic = _traffic(requests, labels, config.ignored_callers)
    told = forecast(plan, traffic, config.discordant, config.power)
    if why := why_refused(plan, told):
        raise Refused(
            f"rollout: the plan {name!r} cannot start: {why}. Choose another plan or margin, or say the traffic that is to come "
            "(requests_per_hour, labels_per_hour)"
        )
    lines = in_words(plan, told)
    for line in lines:
        log.info("%s", line)
    facts = {
        **to_facts(plan), "labels_needed": told.labels_needed or 0, "source": shown["candidate"]["model_uri"],
        "salt": bytes_digest(f"rollout {approval.sha256}".encode())[:16], "replaces": shown["replaces"],
        "approval": approval.sha256, "shown": question.digest, "forecast": list(lines),
    }  # fmt: skip
    return Draft(STARTED, program("start_rollout"), question.version, shown["model_digest"], facts)


def _traffic(requests: float | None, labels: float | None, ignored_callers: Collection[str]) -> Traffic:
    for name, value in (("requests_per_hour", requests), ("labels_per_hour", labels)):
        if value is not None and not 0 <= value < float("inf"):
            raise Refused(f"{name}: {value:g} is no traffic; give a number from 0 on")
    if requests is not None and labels is not None:
        return Traffic(requests, labels)
    seen = read_traffic(datetime.fromisoformat(ledger.now()), ignored_callers=ignored_callers)
    return Traffic(seen.requests if requests is None else requests, seen.labels if labels is None else labels)


def _require_room(events: standing.Events, question: QuestionRef, replaces: str) -> None:
    """One rollout at a time, and against the champion that it was approved against."""
    other = open_rollout(events)
    if other is not None:
        raise Refused(
            f"version {question.version} waits: a rollout of version {other.version} is under way (ledger, event {other.number}); "
            "when it has ended clear `start_rollout`, or end it: `python -m reviewloop abort_rollout`"
        )
    answering = standing.champion_version(events)
    if answering != replaces:
        raise changed_champion(question.version, replaces, answering)


def _told(events: standing.Events, begun: Event, question: QuestionRef) -> RolloutRef:
    now = state.current(events)
    if now is None or now.started.sha256 != begun.sha256:
        end = state.end_of(events, begun)
        if end is not None and end.kind == "promoted" and end.facts.get("rollout") == begun.sha256:
            return _ref(begun, question, "ended", f"version {begun.version} was promoted (ledger, event {end.number})")
        raise Refused(
            f"the rollout of version {question.version} by this approval has ended (ledger, event "
            f"{end.number if end else begun.number}), and an approval is used once: clear `ask` to ask again"
        )
    return _ref(begun, question, "started", f"since {begun.at}; stage {now.stage.name}", now.stage.name)


def _ref(begun: Event, question: QuestionRef, decision: str, reason: str, stage: str = "") -> RolloutRef:
    return RolloutRef.model_validate({
        "version": question.version, "plan": begun.facts["plan"], "rollout": begun.sha256, "stage": stage, "decision": decision,
        "reason": reason, "question": question,
    })  # fmt: skip
