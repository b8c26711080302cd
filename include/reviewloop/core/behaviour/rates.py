"""A share of cases and how sure it is."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """``count`` of ``total``; NaN all three where there is not enough evidence."""

    value: float
    low: float
    high: float
    """The ends of the 95 % interval of Wilson, Journal of the American Statistical Association 22, 1927; sound near 0 and 1."""


def rate(count: int, total: int, min_total: int = 1) -> Rate:
    """The share ``count / total``, unknown below ``min_total`` cases. Raises ``ValueError`` for a count beyond the total."""
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total}")
    if total < max(min_total, 1):
        return Rate(math.nan, math.nan, math.nan)
    from scipy.stats import binomtest

    interval = binomtest(count, total).proportion_ci(0.95, method="wilson")
    return Rate(count / total, float(interval.low), float(interval.high))
