"""The month's money: reserved in full before a job starts, given back but for what it used once that is known.

A reservation is known by its job's name, which AWS has once: whoever starts the same job again reserves nothing more. It counts in
the month in which it was made, also where the job runs into the next.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from reviewloop.core.costs.prices import PaidKind
from reviewloop.core.kept import Kept
from reviewloop.refs import AlertRef

KEPT_DAYS: Final = 400
"""Reservations are kept for a year and a month."""
KEPT_REFUSALS: Final = 20
START_GRACE: Final = timedelta(hours=1)
"""A job that AWS does not know so long after its reservation was never started: no request is under way for that long."""
BATCH_FORGETS: Final = timedelta(days=6)
"""Batch forgets a job a week after its end: what it does not know after this may have run all the same."""
_ROUNDING: Final = 1e-6
"""USD by which sums of floats may be off."""

Outcome = Literal["open", "settled", "never started", "unknown"]


class Reservation(Kept):
    """What one job may cost, or did."""

    key: str
    """The job's name in the account."""
    kind: PaidKind
    place: str
    """Region, and Batch queue: elsewhere nobody can say what became of the job."""
    at: datetime
    usd: float
    """For ``longest_seconds``."""
    longest_seconds: float
    outcome: Outcome = "open"
    seconds: float = 0.0
    """Paid for, once it is settled."""

    @property
    def month(self) -> str:
        """``2026-11``, in UTC."""
        return f"{self.at:%Y-%m}"

    @property
    def counted_usd(self) -> float:
        """What of it counts: all, until somebody knows better."""
        if self.outcome == "never started":
            return 0.0
        return self.usd * self.seconds / self.longest_seconds if self.outcome == "settled" else self.usd


class Refusal(Kept):
    """A job that did not start because its month had not enough left."""

    key: str
    at: datetime
    usd: float

    @property
    def month(self) -> str:
        """``2026-11``, in UTC."""
        return f"{self.at:%Y-%m}"


class Budget(Kept):
    """Frozen: every change is another state, written in the place of the one that it was made of."""

    reservations: tuple[Reservation, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def of(self, key: str) -> Reservation | None:
        """The newest reservation of this job."""
        return next((one for one in reversed(self.reservations) if one.key == key), None)

    def open(self) -> tuple[Reservation, ...]:
        """Of jobs that may still run."""
        return tuple(one for one in self.reservations if one.outcome == "open")

    def counted_usd(self, month: str) -> float:
        """Reserved or spent in the month."""
        return sum(one.counted_usd for one in self.reservations if one.month == month)

    def left_usd(self, month: str, cap_usd: float) -> float:
        """Never below 0, also where the cap was lowered meanwhile."""
        return max(0.0, cap_usd - self.counted_usd(month))


@dataclass(frozen=True)
class Used:
    """What AWS says of a job: it runs (or waits), has ended after so many paid seconds, or is not known there."""

    state: Literal["running", "ended", "absent"]
    seconds: float = 0.0


def reserved(before: Budget, wanted: Reservation, cap_usd: float) -> tuple[Budget, Reservation | None]:
    """The budget with ``wanted`` in it, and what holds for its job: the reservation that is open already, ``wanted``, or None.

    None: its month has not enough left, and the budget remembers that it was refused.
    """
    there = before.of(wanted.key)
    if there is not None and there.outcome == "open":
        return before, there
    refusals = tuple(one for one in before.refusals if one.key != wanted.key)
    if wanted.usd > before.left_usd(wanted.month, cap_usd) + _ROUNDING:
        refused = Refusal(key=wanted.key, at=wanted.at, usd=wanted.usd)
        return before.model_copy(update={"refusals": (*refusals, refused)[-KEPT_REFUSALS:]}), None
    since = wanted.at - timedelta(days=KEPT_DAYS)
    kept = tuple(one for one in before.reservations if one.at >= since)
    return before.model_copy(update={"reservations": (*kept, wanted), "refusals": refusals}), wanted


def outcome(one: Reservation, used: Used, now: datetime) -> tuple[Outcome, float]:
    """What has become of an open reservation, and for how many seconds is paid."""
    if used.state == "running":
        return "open", 0.0
    if used.state == "ended":
        return "settled", used.seconds
    age = now - one.at
    if age < START_GRACE:
        return "open", 0.0
    if one.kind == "batch" and age > BATCH_FORGETS:
        return "unknown", 0.0  # it may have run: all of it stays spent
    return "never started", 0.0


def settled(before: Budget, key: str, what: Outcome, seconds: float = 0.0) -> Budget:
    """The budget with what became of the job's newest reservation.

    Seconds that AWS tells stand above every guess, and of two tellings the longer: a job that was given up may have run after all.
    """
    there = before.of(key)
    if there is None or what == "open":
        return before
    if there.outcome == "settled" and (what != "settled" or seconds <= there.seconds):
        return before
    if there.outcome not in {"open", "settled"} and what != "settled":
        return before
    after = there.model_copy(update={"outcome": what, "seconds": seconds})
    return before.model_copy(update={"reservations": tuple(after if one is there else one for one in before.reservations)})


def told(left_usd: float, wanted: Reservation, cap_usd: float) -> str:
    """Why the job does not start, in one line."""
    return (
        f"over budget: {wanted.key} may cost {wanted.usd:.2f} USD, and of {cap_usd:.2f} USD for {wanted.month} {left_usd:.2f} are "
        "left; raise costs.month_cap_usd, or wait for the next month"
    )


def alerts(budget: Budget, cap_usd: float, now: datetime) -> Iterator[AlertRef]:
    """One alert a month, however many jobs it keeps from starting; over with the month, or once what was refused would fit."""
    month = f"{now:%Y-%m}"
    left = budget.left_usd(month, cap_usd)
    waiting = [one for one in budget.refusals if one.month == month and one.usd > left + _ROUNDING]
    if waiting:
        lines = (
            f"of {cap_usd:.2f} USD {left:.2f} are left, reserved or spent are {budget.counted_usd(month):.2f}",
            *(f"{one.key} may cost {one.usd:.2f} USD" for one in waiting[-5:]),
            "raise costs.month_cap_usd, or wait for the next month; python -m reviewloop settle_budget gives back leftovers",
        )
        title = f"The budget of {month} is spent, and {len(waiting)} of the jobs did not start"
        yield AlertRef(key=f"budget/{month}", severity="critical", title=title, lines=lines, asks=True)
