"""What a backend asks before it starts a paid job, and tells once that has ended."""

import logging
from datetime import UTC, datetime

from reviewloop.adapters.costs import budget, facts, preflight
from reviewloop.config import load_config
from reviewloop.core.costs.budget import Reservation, Used
from reviewloop.core.costs.prices import PaidJob, most_usd
from reviewloop.errors import ReviewloopError
from reviewloop.settings import settings

log = logging.getLogger(__name__)


def now() -> datetime:
    """In UTC."""
    return datetime.now(UTC)


def before(job: PaidJob, key: str) -> None:
    """Let the job ``key`` start: everything that it needs is there, and its money is reserved, once for each key.

    Raises ``PermanentError`` in one line where something is missing, its price is not known or too high, or the month is spent; and
    ``TransientError`` where AWS does not say.
    """
    costs = load_config().costs
    preflight.require(job, costs, now())
    usd = most_usd(job, costs.prices, settings().aws_region, now())
    wanted = Reservation(
        key=key, kind=job.kind, place=facts.place(job.kind), at=now(), usd=usd, longest_seconds=job.longest_seconds
    )  # fmt: skip
    budget.reserve(wanted, costs.month_cap_usd)


def after(key: str, used: Used) -> None:
    """Keep what an ended job has cost. A lake that is away now loses no training: ``settle_budget`` asks AWS later."""
    if used.state != "ended":  # it is being stopped, and still paid for
        return
    try:
        budget.settle(key, "settled", used.seconds)
    except ReviewloopError as error:
        log.warning("%s: what it cost is not settled yet, the next settle_budget does it: %s", key, error)
