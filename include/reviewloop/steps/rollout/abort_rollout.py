"""A person ends the rollout that is under way."""

import logging

from reviewloop.adapters.release.rollouts import end_rollout
from reviewloop.core.release.events import person
from reviewloop.errors import Refused

log = logging.getLogger(__name__)


def abort_rollout(by: str, reason: str) -> int:
    """Send the challenger back: the champion answers everything again, within one look of the endpoint at the ledger.

    ``by`` is the person who decides, ``reason`` why, in words. Returns the event's number in the ledger. Asks no gate, no evidence
    and no version. Raises ``NothingToDo``, and changes nothing, where no rollout is under way.
    """
    who = person(by)
    if not reason.strip():
        raise Refused("reason: is empty; who ends a rollout says why, in words")
    event = end_rollout(who, reason)
    log.info("the rollout of version %s was ended by %s: %s", event.version, by, reason)
    return event.number
