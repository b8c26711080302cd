"""The answer to a question, kept in the ledger: a yes, a no, or nobody's silence."""

from datetime import datetime
from typing import Literal

from reviewloop.adapters.release import ledger
from reviewloop.core.release import standing
from reviewloop.core.release.events import NOBODY, Draft, Event, person
from reviewloop.errors import Refused
from reviewloop.refs import QuestionRef

Answer = Literal["approved", "rejected", "unanswered"]


def record_answer(question: QuestionRef, answer: Answer, by: str | None, answered_at: str, note: str = "") -> int:
    """Keep who answered (``by``; None: nobody did) and when; returns the event's number in the ledger.

    ``answered_at`` is ISO 8601 with its offset, but for ``unanswered``, which leaves the question open. The first answer counts;
    another one to the same question is kept as a trace and has no effect. Recorded again it is the same event.
    """
    if answer != "unanswered":
        _require_time(answered_at)

    def decide(events: standing.Events) -> Draft | Event:
        asked = standing.question(events, question.digest)
        if asked is None:
            raise Refused(f"version {question.version}: the ledger knows no question {question.digest[:16]}; clear `ask`")
        facts = {"asked": asked.sha256, "shown": question.digest, "answered_at": answered_at, "note": note}
        draft = Draft(answer, NOBODY if by is None else person(by), asked.version, asked.digest, facts)
        same = (event for event in events if (event.kind, event.by, event.facts) == (draft.kind, draft.by, facts))
        return next(same, None) or draft

    return ledger.append(decide).number


def _require_time(answered_at: str) -> None:
    """An answer of no known time would be kept, and could never be used: its age is nothing that anybody could tell."""
    try:
        known = datetime.fromisoformat(answered_at).tzinfo is not None
    except ValueError:
        known = False
    if not known:
        raise Refused(f"answered_at: {answered_at!r} is no time with an offset, such as 2026-01-05T10:00:00+00:00")
