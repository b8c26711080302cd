"""The last word of the monitor: only a drift that is to be answered by a training goes on to it."""

import logging

from reviewloop.errors import NothingToDo
from reviewloop.refs import DecisionRef

log = logging.getLogger(__name__)


def announce_drift(decision: DecisionRef) -> DecisionRef:
    """The ref as it came, for the DRIFT asset. Raises ``NothingToDo``, with its reason, when no training was decided."""
    if decision.verdict != "train":
        raise NothingToDo(f"{decision.day}: {decision.verdict}: {decision.reason}")
    log.info("drift under version %s asks for a training: %s", decision.model_version, decision.reason)
    return decision
