"""What the quality gate knows beside the day's rows, and the band in which their number must lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Final

MAD_TO_SIGMA: Final = 1.4826
"""A normal distribution's standard deviation over its median absolute deviation (Rousseeuw and Croux 1993)."""


@dataclass(frozen=True)
class DeliveryHistory:
    """What the lake says about a delivery.

    ``landed_on`` is the UTC date of its first landing, so that a replay a year later sees what the first run saw.
    """

    landed_on: str
    last_counts: tuple[int, ...]
    """Rows landed on each of the last curated days before this one."""
    newest_day: str | None
    """The newest other curated day; ``None`` before there is one."""
    is_repeat: bool
    """The day has been curated before: a correction or a rerun, which is never late."""

    def days_ahead(self, day: str) -> int:
        """Days by which ``day`` lies after its own landing; above 0 it reports what has not happened yet."""
        return _days_between(self.landed_on, day)

    def days_behind(self, day: str) -> int | None:
        """Days by which ``day`` lies before the newest curated day; ``None`` where nothing can be late."""
        return None if self.newest_day is None or self.is_repeat else _days_between(day, self.newest_day)


def volume_band(counts: Sequence[int], width: float, min_spread_share: float) -> tuple[int, int]:
    """The lowest and highest number of rows that fit ``counts``, those of earlier days.

    median ± ``width`` * spread, where the spread is the largest of: 1.4826 * MAD, robust where up to half of the days are
    odd (a history delivery among daily ones); the square root of the median, for a count is at least as noisy as Poisson's;
    and ``min_spread_share`` * median, so that a run of equal days does not make a band without width.
    Raises ``ValueError`` where there are no counts.
    """
    if not counts:
        raise ValueError("volume band: no earlier day to compare with")
    middle = median(counts)
    mad = median([abs(count - middle) for count in counts])
    spread = max(MAD_TO_SIGMA * mad, middle**0.5, min_spread_share * middle)
    return max(0, round(middle - width * spread)), round(middle + width * spread)


def _days_between(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
