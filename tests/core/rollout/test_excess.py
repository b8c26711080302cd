"""What falls to the challenger too often is seen; looking after every unit costs nothing."""

import math

import numpy as np
import pytest

from reviewloop.core.rollout.excess import chance, log_evidence_more, log_mean
from reviewloop.core.rollout.paired_quality import log_evidence_worse


@pytest.mark.parametrize(("hits", "others"), [(0, 0), (7, 2), (3, 40), (200, 100)])
def test_at_one_half_it_is_the_test_of_pairs(hits: int, others: int) -> None:
    assert log_evidence_more(hits, others, 0.5) == pytest.approx(float(log_evidence_worse(hits, others)))


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_it_is_a_fair_bet_after_one_unit_and_after_two(share: int) -> None:
    e = {(a, b): math.exp(log_evidence_more(a, b, share)) for a in range(3) for b in range(3)}
    assert e[0, 0] == pytest.approx(1)
    assert share * e[1, 0] + (1 - share) * e[0, 1] == pytest.approx(1)
    two = share**2 * e[2, 0] + 2 * share * (1 - share) * e[1, 1] + (1 - share) ** 2 * e[0, 2]
    assert two == pytest.approx(1)


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_watched_after_every_failing_unit_it_alarms_as_seldom_as_it_says(share: float) -> None:
    draw = np.random.default_rng(5).random((400, 300)) < share
    alarms = 0
    for row in draw:
        hits = row.cumsum()
        alarms += any(chance(log_evidence_more(int(a), n + 1 - int(a), share)) <= 0.05 for n, a in enumerate(hits))
    assert alarms / len(draw) <= 0.05


def test_twice_the_failures_of_the_champion_are_seen() -> None:
    draw = np.random.default_rng(6).random((200, 400)) < 0.1 * 2 / (0.1 * 2 + 0.9)
    seen = [chance(log_evidence_more(int(row.sum()), int((~row).sum()), 0.1)) <= 0.05 for row in draw]
    assert np.mean(seen) > 0.85


def test_the_mean_of_e_values_does_not_overflow_and_nothing_is_certain() -> None:
    assert log_mean([800.0, 800.0]) == pytest.approx(800)
    assert log_mean([-math.inf, -math.inf]) == -math.inf
    assert chance(900.0) < 1e-300
    assert chance(-5.0) == 1.0
    assert log_evidence_more(0, 10**6, 0.99) <= 0
    with pytest.raises(ValueError, match="share: 1 must be above 0 and below 1"):
        log_evidence_more(1, 1, 1.0)
