"""What people answered, as the ledger keeps it: an event each time that somebody answers, with who, when, and by which guideline.

An answer is never changed. Who thinks again answers again, and the newer one counts; the ledger holds no word of a review.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from reviewloop.core.annotation.items import Item, Kind
from reviewloop.core.release.events import Draft, Event, person
from reviewloop.errors import Refused

ANNOTATED: Final = "annotated"


@dataclass(frozen=True)
class Answer:
    """One person's label of one text. ``answered_at`` is ISO 8601 with its offset, ``event`` the ledger's number."""

    item: str
    day: str
    review_id: int
    text_digest: str
    kind: Kind
    rated: str
    label: str
    by: str
    answered_at: str
    guideline: str
    event: int


@dataclass(frozen=True)
class Told:
    """Labels of one queue, by item, that came from one person at one time. ``via`` is ``airflow``, or the file's URI."""

    queue: str
    by: str
    answered_at: str
    via: str
    guideline: str
    labels: Mapping[str, str]


def answers(events: Iterable[Event]) -> list[Answer]:
    """Every answer that the events hold, oldest first; of other kinds they hold none."""
    found = []
    for event in events:
        if event.kind == ANNOTATED:
            said = {name: event.facts[name] for name in ("answered_at", "guideline")}
            said |= {"by": event.by.partition(":")[2], "event": event.number}
            found += [Answer(**one, **said) for one in event.facts["answers"]]
    return found


def draft(told: Told, items: Iterable[Item], events: Iterable[Event]) -> Draft | None:
    """What is new in what was told; None where nothing is.

    New is a label that this person did not give the item last, and gave later than that one: a file that is uploaded twice, or
    read again after its person has answered otherwise, says nothing new. Raises ``Refused`` for a time that is none.
    """
    at = _time(told.answered_at)
    last = {one.item: one for one in answers(events) if one.by == person(told.by).partition(":")[2]}
    new = [
        {**_asked(item), "label": told.labels[item.item]}
        for item in items
        if item.item in told.labels
        and ((before := last.get(item.item)) is None or (before.label != told.labels[item.item] and _time(before.answered_at) < at))
    ]
    facts = {name: getattr(told, name) for name in ("queue", "answered_at", "via", "guideline")} | {"answers": new}
    return Draft(ANNOTATED, person(told.by), facts=facts) if new else None


def _asked(item: Item) -> dict[str, Any]:
    """What of it an answer keeps; why it was asked stays with the queue."""
    return {name: value for name, value in asdict(item).items() if name not in ("why", "inclusion_probability")}


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refused(f"answered_at: {text!r} is no time with an offset, such as 2026-01-05T10:00:00+00:00")
    return at
