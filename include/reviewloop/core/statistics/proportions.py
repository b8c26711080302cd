"""How sure a share of rows is."""

import math
from dataclasses import dataclass
from typing import Final

Z95: Final = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


def wilson(num_right: float, num_rows: float) -> tuple[float, float]:
    """The 95 % score interval of a share: Wilson, Journal of the American Statistical Association 22, 1927.

    Unlike share ± 1.96 errors it stays within 0 and 1, and is not of width 0 where all rows are right. NaN without rows. By the
    formula, because scipy's ``binomtest``, which agrees to 1e-9, first computes an exact p-value that nobody reads.
    """
    if num_rows == 0:
        return math.nan, math.nan
    share, spread = num_right / num_rows, Z95**2 / num_rows
    middle = share + spread / 2
    half = Z95 * math.sqrt(share * (1 - share) / num_rows + spread / (4 * num_rows))
    return max((middle - half) / (1 + spread), 0.0), min((middle + half) / (1 + spread), 1.0)


@dataclass(frozen=True)
class Rate:
    """``count`` of ``total``; NaN all three where there is not enough evidence."""

    value: float
    low: float
    high: float
    """The ends of the 95 % interval: see ``wilson``."""


def rate(count: int, total: int, min_total: int = 1) -> Rate:
    """The share ``count / total``, unknown below ``min_total`` cases. Raises ``ValueError`` for a count beyond the total."""
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total}")
    if total < max(min_total, 1):
        return Rate(math.nan, math.nan, math.nan)
    return Rate(count / total, *wilson(count, total))
