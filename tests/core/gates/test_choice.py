"""The choice by hand-made differences, and the rule for a pair as it was before there could be more."""

import numpy as np
import pytest

from reviewloop.core.gates.choice import Challenger, chances, num_resamples_needed, pick
from reviewloop.core.statistics.bootstrap import Difference, macro_f1_difference


def challenger(macro_f1: float, confidence: float, kind: str = "one") -> Challenger:
    return Challenger(kind, macro_f1, Difference(0.0, 0.0, 0.0, confidence))


def test_the_best_of_those_that_beat_the_baseline_is_chosen() -> None:
    found = [challenger(0.70, 0.999), challenger(0.74, 0.998), challenger(0.80, 0.9)]
    assert pick(found, 0.975) == 1
    assert pick([], 0.975) is None
    assert pick([challenger(0.9, 0.9749)], 0.975) is None


def test_what_is_enough_alone_is_not_enough_among_many() -> None:
    alone, weak = challenger(0.70, 0.98), challenger(0.5, 0.3)
    assert pick([alone], 0.975) == 0
    assert pick([alone, weak], 0.975) is None, "its chance of 0.02 is doubled by Holm"
    assert chances([alone, weak]) == pytest.approx([0.04, 0.7])


def test_the_one_that_is_clear_helps_the_next_as_holm_allows() -> None:
    clear, near = challenger(0.70, 0.999), challenger(0.71, 0.98)
    assert pick([clear, near], 0.975) == 1, "after the first rejection 0.02 is the only test left"
    assert chances([clear, near]) == pytest.approx([0.002, 0.02])


def test_of_two_that_are_equal_the_first_is_chosen() -> None:
    found = [challenger(0.70, 0.999, "simple"), challenger(0.70, 0.9999, "large")]
    assert pick(found, 0.975) == 0
    assert pick(found[::-1], 0.975) == 0


@pytest.mark.parametrize("confidence", [0.0, 0.5, 0.9745, 0.975, 0.9755, 1.0])
def test_a_pair_is_decided_at_the_very_edge_as_before(confidence: float) -> None:
    assert (pick([challenger(0.7, confidence)], 0.975) == 0) == (confidence >= 0.975)


def test_a_pair_is_decided_as_before_on_any_predictions() -> None:
    """The rule before: the transformer when ``confidence >= asked``."""
    draw, decided = np.random.default_rng(1), set()
    for seed in range(60):
        label = draw.integers(0, 3, 200)
        first, second = (np.where(draw.random(200) < share, label, draw.integers(0, 3, 200)) for share in (0.62, 0.5))
        difference = macro_f1_difference(label, first, second, 2000, seed)
        before = difference.confidence >= 0.975
        assert (pick([Challenger("transformer", 0.7, difference)], 0.975) == 0) == before
        decided.add(before)
    assert decided == {True, False}


def test_luck_makes_no_candidate_of_many_that_are_as_good_as_the_baseline() -> None:
    """Eight models no better than the baseline: without Holm, one of them would pass in about one run of ten."""
    draw, passed, uncorrected = np.random.default_rng(2), 0, 0
    for seed in range(120):
        label = draw.integers(0, 3, 300)
        answers = [np.where(draw.random(300) < 0.6, label, draw.integers(0, 3, 300)) for _ in range(9)]
        found = [Challenger("any", 0.6, macro_f1_difference(label, one, answers[0], 2000, seed)) for one in answers[1:]]
        passed += pick(found, 0.975) is not None
        uncorrected += any(one.difference.confidence >= 0.975 for one in found)
    assert uncorrected >= 8
    assert passed / 120 <= 0.05


def test_the_resamples_must_resolve_the_strictest_test() -> None:
    assert [num_resamples_needed(m, 0.975) for m in (1, 2, 50)] == [40, 80, 2000]
