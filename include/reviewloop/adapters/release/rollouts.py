"""The end of a rollout before its time, by whoever decides so."""

import logging

from reviewloop.adapters.release import ledger
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event
from reviewloop.core.rollout.routing import ENDED, open_rollout
from reviewloop.errors import NothingToDo, Refused, TransientError

log = logging.getLogger(__name__)


def end_rollout(by: str, why: str, champion: str = "") -> Event:
    """The challenger goes back; returns the event that says so. It is in the lake, where endpoints look, before the registry is
    asked anything: whoever ends a rollout is heard also while that is away.

    ``champion`` is the version that shall answer, where that matters. Raises ``NothingToDo`` where no rollout is under way, and
    ``Refused`` where another version was released meanwhile.
    """

    def decide(events: standing.Events) -> Draft | Event:
        started, answering = open_rollout(events), standing.champion_version(events)
        if champion and answering != champion:
            raise Refused(f"version {answering} was released meanwhile; look again whether to go back to {champion}")
        if started is None:
            raise NothingToDo(f"no rollout is under way; version {answering or 'none'} answers, and goes on")
        return Draft(ENDED, by, started.version, started.digest, {"rollout": started.sha256, "guard": "aborted", "why": why})

    event = ledger.append(decide, is_witnessed=False)
    try:
        ledger.witness()
    except TransientError as error:
        log.warning("event %d holds; the registry will see it with the next one: %s", event.number, error)
    return event
