"""The last word of the monitor: only a day that fired goes on to retraining."""

import logging

from reviewloop.errors import NothingToDo
from reviewloop.refs import DriftRef

log = logging.getLogger(__name__)


def announce_drift(drift: DriftRef) -> DriftRef:
    """The ref as it came, for the DRIFT asset. Raises ``NothingToDo``, with the monitor's reasons, when it did not fire."""
    if not drift.fired:
        raise NothingToDo(f"{drift.day} did not drift: {'; '.join(drift.reasons)}")
    log.info("announcing drift of %s: %s", drift.day, "; ".join(drift.reasons))
    return drift
