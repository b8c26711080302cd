"""The beta-binomial, beside scipy's and on shares that are known."""

import numpy as np
import pytest
from scipy.stats import betabinom

from reviewloop.core.products.beta_binomial import STRENGTHS, strength, upper_tails


def test_the_tails_are_those_of_scipy_and_begin_at_one() -> None:
    reviews, a, b = np.array([3, 40, 0]), np.array([0.7, 5.2, 1.0]), np.array([6.1, 40.3, 9.0])
    for tail, n, first, second in zip(upper_tails(reviews, a, b), reviews, a, b, strict=True):
        assert tail == pytest.approx(betabinom.sf(np.arange(n + 1) - 1, n, first, second), rel=1e-9)
        assert tail[0] == 1.0
    assert upper_tails(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0)) == []


@pytest.mark.parametrize("planted", [10.0, 60.0])
def test_the_strength_is_found_again(planted: float) -> None:
    rng, num = np.random.default_rng(7), 1500
    shares = rng.beta(planted * 0.1, planted * 0.9, num)
    reviews = rng.integers(1, 120, num)
    found = strength(rng.binomial(reviews, shares), reviews, np.full(num, 0.1))
    assert planted / 1.25 < found < planted * 1.25


def test_units_that_are_all_the_same_lean_on_their_group_alone() -> None:
    reviews = np.full(200, 100)
    assert strength(np.full(200, 10), reviews, np.full(200, 0.1)) > 0.99 * STRENGTHS[1]
    assert strength(np.zeros(3, dtype=int), np.zeros(3, dtype=int), np.full(3, 0.1)) == STRENGTHS[1]
