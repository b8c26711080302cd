"""A person gives the rollout that is under way more time."""

import logging
import math
from datetime import datetime, timedelta

from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, person
from reviewloop.core.rollout import state
from reviewloop.core.rollout.machine import deadline
from reviewloop.core.rollout.state import EXTENDED, Rollout
from reviewloop.errors import NothingToDo, Refused

log = logging.getLogger(__name__)


def extend_rollout(by: str, reason: str, hours: float) -> int:
    """Move the deadline by ``hours``: on from where it is, or from now where it has passed. Evidence alone still moves a stage.

    ``by`` is the person who decides, ``reason`` why, in words. Returns the event's number in the ledger. The same again, before
    the deadline that it has set, is the same extension. Raises ``Refused`` for a deadline at which the first of the captured
    requests would be deleted, and where somebody else moved it meanwhile; ``NothingToDo`` where no rollout is under way.
    """
    who = person(by)
    if not reason.strip():
        raise Refused("reason: is empty; who gives a rollout more time says why, in words")
    if not 0 < hours < math.inf:
        raise Refused(f"hours: {hours:g} is no time; give a number above 0")
    seen = _under_way(ledger.read())

    def decide(events: standing.Events) -> Draft | Event:
        found, told = _under_way(events), state.extensions(events, seen.started)
        if found.started != seen.started:
            raise Refused(f"the rollout of version {seen.started.version} ended, and that of version {found.started.version} began")
        now = datetime.fromisoformat(ledger.now())
        same = (event for event in told if _words(event) == (who, reason, f"{hours:g}"))
        if again := next((event for event in same if now < datetime.fromisoformat(event.facts["until"])), None):
            return again
        if found.extended_to != seen.extended_to:
            raise Refused(f"{told[-1].by} moved the deadline to {found.extended_to} meanwhile; look again whether more is needed")
        facts = {"rollout": seen.started.sha256, "reason": reason, "hours": f"{hours:g}", "until": _until(found, hours, now)}
        return Draft(EXTENDED, who, seen.started.version, seen.started.digest, facts)

    event = ledger.append(decide)
    log.info("the rollout of version %s has time until %s, by %s: %s", event.version, event.facts["until"], by, reason)
    return event.number


def _under_way(events: standing.Events) -> Rollout:
    found = state.current(events)
    if found is None:
        raise NothingToDo(f"no rollout is under way; version {standing.champion_version(events) or 'none'} answers, and goes on")
    return found


def _words(extension: Event) -> tuple[str, str, str]:
    return extension.by, extension.facts["reason"], extension.facts["hours"]


def _until(rollout: Rollout, hours: float, now: datetime) -> str:
    """The new deadline, ISO 8601. Raises ``Refused`` where what was captured first would be deleted before it."""
    since, kept = max(deadline(rollout), now), load_config().captures.retention_days
    left = (rollout.started_at + timedelta(days=kept) - since).total_seconds() / 3600
    if hours > left:
        raise Refused(
            f"hours: {hours:g} is more than the {max(math.floor(left), 0)} that are left: captured requests are deleted after "
            f"{kept} days (captures.retention_days), and the first evidence with them; give fewer, or end it (abort_rollout)"
        )
    return (since + timedelta(hours=hours)).isoformat()
