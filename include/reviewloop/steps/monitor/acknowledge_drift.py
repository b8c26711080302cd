"""A person knows of a drift."""

import logging
from datetime import datetime

from reviewloop.adapters.monitoring import response
from reviewloop.adapters.release import ledger
from reviewloop.core.monitoring.response.state import Answer, State
from reviewloop.core.release import standing
from reviewloop.core.release.events import person
from reviewloop.errors import NothingToDo, Refused

log = logging.getLogger(__name__)


def acknowledge_drift(by: str, reason: str) -> str:
    """Answer every day that was monitored so far under the champion; returns the last of them.

    ``by`` is the person who knows of it, ``reason`` what it is, in words. These days confirm nothing any more, and the row of
    trainings without gain is over: what drifts after them may start one again. Starts nothing itself. Raises ``NothingToDo`` where
    no day is left to answer.
    """
    who = person(by)
    if not reason.strip():
        raise Refused("reason: is empty; who acknowledges a drift says what it is, in words")
    version = standing.champion_version(ledger.read())
    now = datetime.fromisoformat(ledger.now())

    def answered(state: State) -> tuple[State, str]:
        votes = state.of(version)
        is_answered = bool(votes) and votes[-1].day <= state.answered_through(version)
        if not votes or (is_answered and not state.without_gain(version)):
            raise NothingToDo(f"version {version or 'none'} answers, and no monitored day of it waits for an answer")
        through = votes[-1].day
        word = Answer(what="acknowledged", version=version, through=through, at=now, by=who, reason=reason)
        return state.with_answer(word), through

    through = response.change(answered)
    log.info("the drift up to %s under version %s is known to %s: %s", through, version, by, reason)
    return through
