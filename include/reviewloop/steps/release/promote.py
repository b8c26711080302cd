"""The approved candidate becomes the champion."""

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import champion, ledger
from reviewloop.config import ALL_AT_ONCE, load_config
from reviewloop.core.release import standing
from reviewloop.core.release.events import NOBODY, Draft, Event, program
from reviewloop.core.rollout import state
from reviewloop.errors import NothingToDo, Refused
from reviewloop.refs import CandidateRef, ChampionRef, QuestionRef
from reviewloop.steps.release.ask import facts, read_question
from reviewloop.steps.release.pick_candidate import require_judged

log = logging.getLogger(__name__)


def promote(question: QuestionRef, plan: str | None = None) -> ChampionRef:
    """Release the version that ``question`` was about, if its answer was yes and all is still as it was shown.

    Under a plan with stages (``plan``; default: ``rollout.plan``) the version must have passed a rollout, but the first champion of
    all: ``NothingToDo`` while it is under way, ``Refused`` where there was none, or one of another version is.

    The record and the version's tags are written first, then the ledger, which decides, and the aliases last; then all is read
    again. A task killed anywhere is finished by its next try. An approval is used once: a release that another has followed is
    left alone (``NothingToDo``). Raises ``Refused`` where there is no yes, it is too old, or something shown has changed.
    """
    events = ledger.read()
    asked, approval = approval_of(events, question)
    act = standing.promotion_by(events, approval)
    if act is None:
        tried = _tried(events, approval, plan or load_config().rollout.plan)
        if tried is None:
            require_fresh(approval)
        shown = read_question(question)
        require_as_shown(events, shown)
        record = _record(shown, asked, approval)
        record_uri = _keep(record, approval)
        tags: dict[str, str] = {Tag.APPROVED_BY: record["approved_by"], Tag.APPROVED_AT: record["approved_at"]}
        registry.set_version_tags(question.version, {**tags, Tag.MODEL_DIGEST: shown["model_digest"]})
        draft = Draft(
            "promoted", program("promote"), question.version, shown["model_digest"],
            {"approval": approval.sha256, "replaces": shown["replaces"], "source": shown["candidate"]["model_uri"],
             "record": record_uri, "rollout": tried.sha256 if tried else ""},
        )  # fmt: skip

        def decide(events: standing.Events) -> Draft | Event:
            used, answering = standing.promotion_by(events, approval), standing.champion_version(events)
            if used is None and answering != shown["replaces"]:
                raise changed_champion(question.version, shown["replaces"], answering)
            if used is None and _tried(events, approval, plan or load_config().rollout.plan) != tried:
                raise Refused(f"version {question.version}: its rollout is another than when this began; try again")
            return used or draft

        act = ledger.append(decide)
    return _finished(act)


def _tried(events: standing.Events, approval: Event, plan: str) -> Event | None:
    """The rollout that this approval's version has passed; None where it needs none. Raises where it may not be promoted yet."""
    version, now, mine = approval.version, state.current(events), state.started_by(events, approval)
    if now is not None and (mine is None or now.started.sha256 != mine.sha256):
        raise Refused(
            f"version {version} waits: a rollout of version {now.started.version} is under way (ledger, event "
            f"{now.started.number}); nothing is promoted past it. Wait for its end, or `python -m reviewloop abort_rollout`"
        )
    if now is not None:
        if now.is_passed:
            return mine
        if alarm := state.taken_back(events, now.started):
            raise Refused(
                f"version {version} waits: since it passed its rollout a person was asked about {alarm.facts.get('about')} "
                f"(ledger, event {alarm.number}): {alarm.facts.get('why')}. It is promoted once the rollout is passed again, or "
                "`python -m reviewloop abort_rollout`"
            )
        raise NothingToDo(
            f"the rollout of version {version} is under way (ledger, event {now.started.number}, stage {now.stage.name}): "
            "sentiment_rollout promotes it once every stage is passed"
        )
    if mine is not None:
        end = state.end_of(events, mine)
        raise Refused(
            f"version {version} did not pass its rollout (ledger, events {mine.number} to {end.number if end else '?'}), and an "
            "approval is used once; clear `ask` to ask again"
        )
    if plan != ALL_AT_ONCE and standing.champion(events) is not None:
        raise Refused(f"version {version} needs a rollout first, by the plan {plan!r}: `python -m reviewloop start_rollout`")
    return None


def approval_of(events: standing.Events, question: QuestionRef) -> tuple[Event, Event]:
    """The question as it was asked, and the yes to it. Raises ``Refused`` where there is none."""
    asked = standing.question(events, question.digest)
    answer = standing.answer(events, asked) if asked else None
    if asked is None or answer is None:
        raise Refused(f"version {question.version} is not approved: the ledger holds no answer; clear `ask` to ask again")
    if answer.kind != "approved":
        raise Refused(
            f"version {question.version} was {answer.kind.replace('_', ' ')} by {answer.by} (ledger, event {answer.number}): a "
            "question is answered once; clear `ask` to ask again"
        )
    return asked, answer


def require_fresh(approval: Event) -> None:
    """Raises ``Refused`` for a yes that is too old."""
    days = load_config().release.approval_max_age_days
    if not standing.is_fresh(approval, datetime.fromisoformat(ledger.now()), timedelta(days=days)):
        raise Refused(
            f"version {approval.version} was approved by {approval.by} at {approval.facts.get('answered_at')} (ledger, event "
            f"{approval.number}, recorded {approval.at}), and an approval may be used for {days:g} days "
            "(release.approval_max_age_days): clear `ask` to ask again"
        )


def require_as_shown(events: standing.Events, shown: dict[str, Any]) -> None:
    """Raises ``Refused`` where anything that was shown is another by now, or must be judged again."""
    candidate = CandidateRef.model_validate(shown["candidate"])
    answering = standing.champion_version(events)
    now = facts(candidate, answering)
    changed = sorted(name for name in now if now[name] != shown[name])
    if "replaces" in changed:
        raise changed_champion(candidate.version, shown["replaces"], answering)
    if changed:
        raise Refused(
            f"version {candidate.version} is not what was approved: {', '.join(changed)} changed since; clear `ask` to ask again"
        )
    require_judged(events, candidate)


def changed_champion(version: str, replaces: str, answering: str) -> Refused:
    """The refusal of a version that was approved against another champion than today's."""
    said = f"version {replaces}" if replaces else "no version"
    return Refused(
        f"version {version} was approved while {said} answered, but version {answering or 'none'} answers now: it must be judged "
        "against that one; start sentiment_train, which asks again"
    )


def _record(shown: dict[str, Any], asked: Event, approval: Event) -> dict[str, Any]:
    name, when = approval.by.partition(":")[2], approval.facts["answered_at"]
    by = approval.facts["note"] if approval.by == NOBODY else name
    return {
        "candidate": shown["candidate"], "approved_by": by, "approved_at": when, "previous": shown["replaces"] or None,
        "model_digest": shown["model_digest"], "gate_report_digest": shown["gate_report_digest"], "shown": asked.facts["shown"],
        "approval": {"event": approval.number, "sha256": approval.sha256},
    }  # fmt: skip


def _keep(record: dict[str, Any], approval: Event) -> str:
    """The record's URI. It is written once; another that lies there already is not this one's."""
    uri = places.release_record(str(approval.version), f"approval={approval.number}")
    data = json.dumps(record, indent=2, sort_keys=True).encode()
    if not s3.create(uri, data, "application/json") and s3.read_bytes(uri) != data:
        raise Refused(f"{uri}: a release record is written once, and another lies there; find out who wrote it")
    return uri


def _finished(act: Event) -> ChampionRef:
    champion.settle()
    head = standing.champion(ledger.read())
    if head is None or head.number != act.number:
        raise NothingToDo(
            f"version {act.version} was released by this approval (ledger, event {act.number}), and version "
            f"{head.version if head else 'none'} since; to go back is an act of its own: `python -m reviewloop rollback`"
        )
    champion.current_champion()
    record_uri = str(act.facts["record"])
    record = s3.read_json(record_uri)
    log.info("champion: version %s (before: %s), approved by %s", act.version, record["previous"], record["approved_by"])
    return ChampionRef(
        version=str(act.version), previous=record["previous"], approved_by=record["approved_by"],
        approved_at=record["approved_at"], record_uri=record_uri,
    )  # fmt: skip
