import math
from pathlib import Path

import pytest
from scipy.stats import binomtest

import reviewloop
from reviewloop.core.statistics.proportions import Rate, rate, wilson


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 50, 1000, 3376])
def test_the_interval_is_wilsons_to_1e_9(rows: int) -> None:
    for right in sorted({0, 1, rows // 3, rows // 2, rows - 1, rows}):
        expected = binomtest(right, rows).proportion_ci(0.95, method="wilson")
        assert wilson(right, rows) == pytest.approx((expected.low, expected.high), rel=0, abs=1e-9)
        assert rate(right, rows) == Rate(right / rows, *wilson(right, rows))


def test_nothing_else_in_the_product_computes_it() -> None:
    sources = {path.name: path.read_text() for path in Path(reviewloop.__file__).parent.rglob("*.py")}
    assert [name for name, source in sources.items() if "proportion_ci" in source or "proportion_confint" in source] == []
    assert [name for name, source in sources.items() if "1.9599" in source] == ["proportions.py"]


def test_no_rows_say_nothing() -> None:
    assert all(math.isnan(end) for end in wilson(0, 0))


def test_too_few_cases_say_nothing_and_a_count_beyond_them_is_refused() -> None:
    assert all(math.isnan(number) for number in (rate(3, 4, min_total=5).value, rate(0, 0).low))
    with pytest.raises(ValueError, match="5 of 4"):
        rate(5, 4)
