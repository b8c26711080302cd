"""How sure a share of rows is."""

import math
from typing import Final

Z95: Final = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


def wilson(num_right: float, num_rows: int) -> tuple[float, float]:
    """The 95 % score interval of a share: Wilson, Journal of the American Statistical Association 22, 1927.

    Unlike share ± 1.96 errors it stays within 0 and 1, and is not of width 0 where all rows are right. NaN without rows.
    """
    if num_rows == 0:
        return math.nan, math.nan
    share, spread = num_right / num_rows, Z95**2 / num_rows
    middle = share + spread / 2
    half = Z95 * math.sqrt(share * (1 - share) / num_rows + spread / (4 * num_rows))
    return max((middle - half) / (1 + spread), 0.0), min((middle + half) / (1 + spread), 1.0)
