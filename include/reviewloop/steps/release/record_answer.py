"""The answer to a question, kept in the ledger: a yes, a no, a way back with what is to be done, or nobody's silence."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.release import automation as present
from reviewloop.adapters.release import ledger
from reviewloop.config import ReleaseConfig
from reviewloop.core.release import automation, people, standing
from reviewloop.core.release.events import NOBODY, Draft, Event, person
from reviewloop.errors import Refused
from reviewloop.refs import QuestionRef

Answer = Literal["approved", "rejected", "sent_back", "unanswered"]
_WORDS: Final = {"rejected": "rejected_by", "sent_back": "sent_back_by"}
REFUSED: Final = "answer_refused"
"""An answer by somebody who may not give it, or a no without a reason: a trace, and the question is as open as before."""


def record_answer(question: QuestionRef, answer: Answer, by: str | None, answered_at: str, note: str = "", reason: str = "") -> int:
    """Keep who answered (``by``; None: nobody did) and when; returns the event's number in the ledger.

    ``answered_at`` is ISO 8601 with its offset, but for ``unanswered``, which leaves the question open. ``reason`` is the person's,
    and a no or a way back is none without it. The first answer counts; another one to the same question is kept as a trace and has
    no effect. Recorded again it is the same event.

    Silence is a yes only while the loop may decide, by the level of automation at this moment. Raises ``Refused``, once that is in
    the ledger, too, where it may not any more, where the person may not answer, and for a no without a reason.
    """
    if answer != "unanswered":
        _require_time(answered_at)
    release, told = present.release_now(), {"answered_at": answered_at, "note": note, "reason": " ".join(reason.split())}

    def decide(events: standing.Events) -> Draft | Event:
        asked = standing.question(events, question.digest)
        if asked is None:
            raise Refused(f"version {question.version}: the ledger knows no question {question.digest[:16]}; clear `ask`")
        level = automation.level_now(events, release.automation)
        level = automation.lowest(str(asked.facts.get("level", level)), level)
        draft = _draft(asked, answer, by, told, _why_not(asked, answer, by, told["reason"], release))
        if by is None and answer == "approved" and not automation.may_still_decide(asked, level):
            lowered = f"the level of automation is {level} now, so silence is no yes"
            draft = _draft(asked, "unanswered", None, {"answered_at": "", "note": lowered, "reason": ""}, None)
        same = (event for event in events if (event.kind, event.by, _but_level(event)) == (draft.kind, draft.by, draft.facts))
        return next(same, None) or replace(draft, facts={**draft.facts, "level": level})

    kept = ledger.append(decide)
    if kept.kind == REFUSED:
        raise Refused(f"version {question.version}: the answer does not count: {kept.facts['why']}. Clear `approve` to ask again")
    if kept.kind == "unanswered" and answer == "approved":
        raise Refused(
            f"version {question.version} is not approved: {kept.facts['note']}; start sentiment_release by hand to ask again"
        )
    if kept.kind in _WORDS:
        _keep_record(kept)
    return kept.number


def _keep_record(said: Event) -> None:
    """A no lies among the releases' records like a yes, for whoever looks there."""
    record = {
        _WORDS[said.kind]: said.by.partition(":")[2] or said.facts["note"], "version": said.version, "model_digest": said.digest,
        **{name: said.facts[name] for name in ("reason", "answered_at", "level", "shown")},
        "answer": {"event": said.number, "sha256": said.sha256},
    }  # fmt: skip
    data = json.dumps(record, indent=2, sort_keys=True).encode()
    s3.create(places.release_record(str(said.version), f"answer={said.number}"), data, "application/json")


def _why_not(asked: Event, answer: Answer, by: str | None, reason: str, release: ReleaseConfig) -> str | None:
    """Why a person's answer does not count, in words."""
    if by is None:
        return None
    if answer in ("rejected", "sent_back") and not reason:
        return "reason: is empty; a no and a way back say why, in words, since somebody must know what to do about it"
    if why := people.why_not(by, release):
        return why
    return people.why_not_trainer(by, str(asked.facts.get("trainer") or ""), release) if answer == "approved" else None


def _draft(asked: Event, answer: Answer, by: str | None, facts: dict[str, str], why: str | None) -> Draft:
    who, shown = NOBODY if by is None else person(by), str(asked.facts["shown"])
    if why is not None:
        told = {"question": asked.sha256, "shown": shown, "answer": answer, "why": why, **facts}
        return Draft(REFUSED, who, asked.version, asked.digest, told)
    return Draft(answer, who, asked.version, asked.digest, {"asked": asked.sha256, "shown": shown, **facts})


def _but_level(event: Event) -> dict[str, object]:
    return {name: fact for name, fact in event.facts.items() if name != "level"}


def _require_time(answered_at: str) -> None:
    """An answer of no known time would be kept, and could never be used: its age is nothing that anybody could tell."""
    try:
        known = datetime.fromisoformat(answered_at).tzinfo is not None
    except ValueError:
        known = False
    if not known:
        raise Refused(f"answered_at: {answered_at!r} is no time with an offset, such as 2026-01-05T10:00:00+00:00")
