"""Did complaints rise? An exact test of the day, and of the last days together, and the smallest rise that it could have seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reviewloop.errors import PermanentError

_SPREADS: Final = 8
"""Standard deviations to each side of what is expected that are enumerated: what lies beyond has a chance under 1e-14."""
_LEAST: Final = 1e-300
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Complaints:
    """``num_complaints`` among ``num_rated`` reviews."""

    num_complaints: int
    num_rated: int

    @property
    def share(self) -> float:
        """0 without a rated review."""
        return self.num_complaints / self.num_rated if self.num_rated else 0.0

    def __add__(self, other: "Complaints") -> "Complaints":
        return Complaints(self.num_complaints + other.num_complaints, self.num_rated + other.num_rated)


def chance(day: Complaints, earlier: Sequence[Complaints], before: Complaints) -> float:
    """P(as large a rise, in the day alone or in the pooled days), given how many complaints there are in all; never 0.

    The larger of two z of pooled shares, the day's and that of the day with the days ``earlier`` (may be none), against the
    reviews ``before``. Given all complaints, how they fall to the day, the earlier days and the reference is multivariate
    hypergeometric where nothing rose; the chance is summed over all that would be as large. Without earlier days this is Fisher's
    exact test, one-sided (The Design of Experiments, 1935). It knows that the reference is a sample, too, and that the two z go
    together. 1 without a rated review in the day or in the reference.
    """
    if not day.num_rated or not before.num_rated:
        return 1.0
    past = sum(earlier, Complaints(0, 0))
    total = day + past + before
    of_day, of_past = (_window(one, total).astype(np.float64) for one in (day, past))
    in_day, in_past = np.meshgrid(of_day, of_past, indexing="ij")
    in_before = total.num_complaints - in_day - in_past
    possible = (in_before >= 0) & (in_before <= before.num_rated)
    in_day, in_past, in_before = in_day[possible], in_past[possible], in_before[possible]
    parts = ((day, in_day), (past, in_past), (before, in_before))
    log_chance = sum(_log_choose(one.num_rated, count) for one, count in parts) - _log_choose(
        total.num_rated, np.array(float(total.num_complaints))
    )
    rises = _rise(in_day, day, in_past, past, in_before, before)
    seen = _rise(
        np.array(float(day.num_complaints)), day, np.array(float(past.num_complaints)), past,
        np.array(float(before.num_complaints)), before,
    )  # fmt: skip
    return min(max(float(np.exp(log_chance[rises >= seen - 1e-9]).sum()), _LEAST), 1.0)


def least_seen(num_rated: int, earlier: Sequence[Complaints], before: Complaints, alpha: float) -> int | None:
    """The fewest complaints among ``num_rated`` reviews of a day with a ``chance`` of at most ``alpha``; None: not even all."""
    if chance(Complaints(num_rated, num_rated), earlier, before) > alpha:
        return None
    low, high = -1, num_rated
    while high - low > 1:
        middle = (low + high) // 2
        is_seen = chance(Complaints(middle, num_rated), earlier, before) <= alpha
        low, high = (low, middle) if is_seen else (middle, high)
    return high


def smallest_share(num_rows: int, least: int | None, power: float, hit: float = 1.0, false_hit: float = 0.0) -> float | None:
    """The complaint share at which at least ``least`` of ``num_rows`` reviews are counted with probability ``power``.

    A complaint is counted with probability ``hit``, any other review with ``false_hit`` (1 and 0 where people rate; else the
    champion's recall of complaints and how often it sees one where there is none). Binomial, by P(Bin(n, c) >= k) =
    P(Beta(k, n - k + 1) <= c): Clopper and Pearson (1934). None where no share would do.
    """
    from scipy.stats import beta

    if not 0 < power < 1:
        raise PermanentError(f"power: {power} is not allowed; give a number between 0 and 1")
    if least is None or hit <= false_hit:
        return None
    counted = float(beta.ppf(power, least, num_rows - least + 1)) if least > 0 else 0.0
    share = (counted - false_hit) / (hit - false_hit)
    return max(share, 0.0) if share <= 1 else None


def _window(one: Complaints, total: Complaints) -> NDArray[np.int64]:
    """How many complaints a part may have got: what is not beyond all chance, and what it has."""
    usual = one.num_rated * total.share
    spread = _SPREADS * (np.sqrt(usual * (1 - total.share)) + 1)
    low, high = min(usual - spread, one.num_complaints), max(usual + spread, one.num_complaints)
    return np.arange(max(0, int(low)), min(one.num_rated, int(high) + 1) + 1)


def _rise(in_day: Array, day: Complaints, in_past: Array, past: Complaints, in_before: Array, before: Complaints) -> Array:
    alone = _z(in_day, day.num_rated, in_before, before.num_rated)
    return np.maximum(alone, _z(in_day + in_past, day.num_rated + past.num_rated, in_before, before.num_rated))


def _z(count: Array, num_rows: int, count_before: Array, num_before: int) -> Array:
    pooled = (count + count_before) / (num_rows + num_before)
    variance = pooled * (1 - pooled) * (1 / num_rows + 1 / num_before)
    rise = count / num_rows - count_before / num_before
    return np.divide(rise, np.sqrt(variance), out=np.zeros_like(rise), where=variance > 0)


def _log_choose(num_rows: int, count: Array) -> Array:
    from scipy.special import gammaln

    found: Array = gammaln(num_rows + 1) - gammaln(count + 1) - gammaln(num_rows - count + 1)
    return found
