import math

import pytest
from scipy.stats import binomtest

from reviewloop.core.statistics.proportions import wilson


@pytest.mark.parametrize(("right", "rows"), [(0, 5), (5, 5), (1, 3), (40, 50), (999, 1000)])
def test_the_interval_is_wilsons(right: int, rows: int) -> None:
    expected = binomtest(right, rows).proportion_ci(method="wilson")
    assert wilson(right, rows) == pytest.approx((expected.low, expected.high))


def test_no_rows_say_nothing() -> None:
    assert all(math.isnan(end) for end in wilson(0, 0))
