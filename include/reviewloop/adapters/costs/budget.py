"""The month's money in the lake: one object, compared and set, so that two runs never both take the last of it."""

import logging
from datetime import datetime
from functools import partial

from reviewloop.adapters.costs import facts
from reviewloop.adapters.lake import places, states
from reviewloop.core.costs import budget
from reviewloop.core.costs.budget import Budget, Outcome, Reservation
from reviewloop.errors import PermanentError, TransientError

log = logging.getLogger(__name__)


def read() -> Budget:
    """As it stands; empty before the first paid job."""
    return states.read(places.budget(), Budget)


def reserve(wanted: Reservation, cap_usd: float) -> Reservation:
    """The reservation that holds for the job: this one, or one of the same job that is open already.

    Where the month has not enough left, jobs that have ended give back what they left over first. Raises ``PermanentError`` where
    that is not enough; the budget remembers it, and people are told.
    """
    held = states.change(places.budget(), Budget, partial(budget.reserved, wanted=wanted, cap_usd=cap_usd))
    if held is None:
        settle_open(wanted.at)
        held = states.change(places.budget(), Budget, partial(budget.reserved, wanted=wanted, cap_usd=cap_usd))
    if held is None:
        raise PermanentError(budget.told(read().left_usd(wanted.month, cap_usd), wanted, cap_usd))
    log.info("reserved %.2f USD of %s for %s", held.usd, held.month, held.key)
    return held


def settle(key: str, what: Outcome, seconds: float = 0.0) -> None:
    """Keep what became of the job: ``settled`` after so many paid seconds, or ``never started``. Nothing without a reservation."""

    def make(before: Budget) -> tuple[Budget, None]:
        return budget.settled(before, key, what, seconds), None

    states.change(places.budget(), Budget, make)


def settle_open(now: datetime) -> list[str]:
    """Ask AWS what became of every job whose reservation is open, and keep it; returns what could not be asked, in words.

    One that AWS never had gives everything back; one that it may have forgotten gives back nothing.
    """
    failed = []
    for one in read().open():
        if one.place != facts.place(one.kind):
            failed.append(f"{one.key}: still reserved, for it ran in {one.place}, and this process asks {facts.place(one.kind)}")
            continue
        try:
            what, seconds = budget.outcome(one, facts.used(one.kind, one.key), now)
        except (PermanentError, TransientError) as error:
            failed.append(f"{one.key}: still reserved, for AWS does not say what became of it: {error}")
            continue
        settle(one.key, what, seconds)
        if what != "open":
            log.info("%s: %s after %.0f s, of %.2f USD reserved", one.key, what, seconds, one.usd)
    return failed
