"""What people answered, in the ledger: nothing is ever overwritten, and the chain tells of what is gone."""

import logging
from datetime import datetime

from reviewloop.adapters.annotation.queues import Queue
from reviewloop.adapters.release import ledger, segments
from reviewloop.config import load_config
from reviewloop.core.annotation.answers import ANNOTATED, Answer, Told, answers, draft
from reviewloop.core.annotation.resolving import Resolved, resolve
from reviewloop.core.release.events import Draft, Event, person
from reviewloop.core.release.standing import Events
from reviewloop.errors import NothingToDo

log = logging.getLogger(__name__)


def read(known_at: str | None = None) -> list[Answer]:
    """Every answer, oldest first; those alone that the ledger held at ``known_at`` (ISO 8601), where it is given."""
    events = segments.read().of_kinds(ANNOTATED)
    until = datetime.fromisoformat(known_at) if known_at else None
    return answers(event for event in events if until is None or datetime.fromisoformat(event.at) <= until)


def resolved(known_at: str | None = None) -> dict[str, Resolved]:
    """What came of them, by ``text_digest``."""
    return resolve(read(known_at), load_config().release)


def record(queue: Queue, told: Told) -> int:
    """Keep what is new in it, and give how many labels that are; 0 where it says what the ledger holds already."""

    def decide(events: Events) -> Draft | Event:
        new = draft(told, queue.items, events)
        if new is None:
            raise NothingToDo(f"{told.by} said nothing new of queue {queue.name}")
        return new

    try:
        event = ledger.append_at_once(decide)
    except NothingToDo as reason:
        log.info("%s", reason)
        return 0
    log.info("ledger: event %d: %d labels by %s", event.number, len(event.facts["answers"]), person(told.by))
    return len(event.facts["answers"])
