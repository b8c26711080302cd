"""Exact tests of few reviews, many at once: luck alarms no more often than it may, and what cannot alarm costs nothing."""

import numpy as np
import pytest

from reviewloop.core.products.beta_binomial import upper_tails
from reviewloop.core.products.false_discovery import adjusted, reach

RATE = 0.05


def test_where_nothing_is_wrong_luck_alarms_as_often_as_it_may_and_no_more() -> None:
    rng, num = np.random.default_rng(3), 300
    reviews, a, b = rng.integers(3, 25, num), np.full(num, 3.0), np.full(num, 27.0)
    tails = upper_tails(reviews, a, b)
    luck = reach(tails, np.ones(num), RATE)
    wrong = 0
    for _ in range(800):
        complaints = rng.binomial(reviews, rng.beta(a, b))
        chances = np.array([tail[k] for tail, k in zip(tails, complaints, strict=True)])
        wrong += bool((adjusted(chances, luck) <= RATE).any())
    assert 0.02 < wrong / 800 < 0.07


def test_what_cannot_alarm_does_not_make_the_others_pay() -> None:
    reviews = np.array([30, *[1] * 5000])
    tails = upper_tails(reviews, np.full(len(reviews), 10.0), np.full(len(reviews), 90.0))
    chances = np.array([tails[0][13], *[1.0] * 5000])
    assert chances[0] * len(reviews) > RATE, "Benjamini and Hochberg would not see it"
    assert adjusted(chances, reach(tails, np.ones(len(reviews)), RATE))[0] == pytest.approx(chances[0] / (1 - RATE))


def test_many_alarms_make_a_weaker_one_believed() -> None:
    tails = upper_tails(np.full(50, 30), np.full(50, 10.0), np.full(50, 90.0))
    luck = reach(tails, np.ones(50), RATE)
    alone, among = np.ones(50), np.ones(50)
    alone[0] = among[0] = tails[0][int(np.flatnonzero(tails[0] <= luck.single(RATE))[0]) - 1]
    among[1:10] = tails[0][14]
    assert adjusted(alone, luck)[0] > RATE
    assert adjusted(among, luck)[0] <= RATE


def test_the_single_threshold_is_where_one_test_alone_is_rejected() -> None:
    tails = upper_tails(np.full(50, 30), np.full(50, 10.0), np.full(50, 90.0))
    luck = reach(tails, np.ones(50), RATE)
    first = int(np.flatnonzero(tails[0] <= luck.single(RATE))[0])
    for complaints, expected in ((first, True), (first - 1, False)):
        chances = np.ones(50)
        chances[7] = tails[7][complaints]
        assert bool(adjusted(chances, luck)[7] <= RATE) is expected
    assert reach([], np.empty(0), RATE).single(RATE) == 0


def test_two_tests_of_a_unit_cost_double() -> None:
    tails = upper_tails(np.array([30]), np.array([10.0]), np.array([90.0]))
    once, twice = reach(tails, np.ones(1), RATE), reach([*tails, *tails], np.full(2, 2.0), RATE)
    point = np.array([tails[0][10]])
    assert twice.at(2 * point)[0] == pytest.approx(2 * once.at(point)[0])


def test_a_rate_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="most: 1.0 is not between 0 and 1"):
        reach([], np.empty(0), 1.0)
