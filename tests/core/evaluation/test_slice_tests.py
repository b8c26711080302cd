"""Is a slice worse, or is it chance? Both tests against what they claim to be."""

from itertools import product
from math import comb

import numpy as np
import pytest

from reviewloop.core.evaluation.slice_tests import accuracy_tail, macro_f1_tail, mean_f1, rest_alike

RNG = np.random.default_rng


def confused(num_rows: tuple[int, int, int], recall: tuple[float, float, float], rng: np.random.Generator) -> np.ndarray:
    """A confusion matrix; what is not found goes to the two other classes alike."""
    rows = []
    for label in range(3):
        chances = np.full(3, (1 - recall[label]) / 2)
        chances[label] = recall[label]
        rows.append(rng.multinomial(num_rows[label], chances))
    return np.array(rows)


def test_with_one_sentiment_it_is_fishers_exact_test() -> None:
    from scipy.stats import fisher_exact

    inside, rest = np.diag([0, 0, 0]), np.diag([0, 0, 0])
    inside[2], rest[2] = (1, 5, 9), (4, 6, 70)
    expected = fisher_exact([[9, 6], [70, 10]], alternative="less").pvalue
    assert accuracy_tail(inside, inside + rest) == pytest.approx(expected)


def test_with_three_it_is_the_sum_over_every_way_to_draw_the_slice() -> None:
    inside = np.array([[1, 1, 0], [0, 1, 2], [1, 0, 3]])
    whole = inside + np.array([[3, 0, 1], [1, 2, 1], [0, 1, 5]])
    chance = 0.0
    for right in product(range(3), range(4), range(5)):
        ways = 1.0
        for label, found in enumerate(right):
            rows, all_right, drawn = int(whole[label].sum()), int(whole[label, label]), int(inside[label].sum())
            ways *= comb(all_right, found) * comb(rows - all_right, drawn - found) / comb(rows, drawn)
        chance += ways * (sum(right) <= np.trace(inside))
    assert accuracy_tail(inside, whole) == pytest.approx(chance)


def test_a_slice_of_hard_reviews_alone_is_not_worse() -> None:
    """Twice as many neutral reviews, each sentiment found as often as elsewhere: a lower accuracy, and no fault."""
    inside, rest = np.array([[30, 5, 5], [10, 20, 30], [2, 3, 95]]), np.array([[300, 50, 50], [50, 100, 150], [40, 60, 1900]])
    assert np.trace(inside) / inside.sum() < np.trace(rest) / rest.sum() - 0.1
    assert accuracy_tail(inside, inside + rest) > 0.3
    assert macro_f1_tail(inside, inside + rest, 400, RNG(1)) > 0.2
    alike = rest_alike(inside, inside + rest)
    assert alike.sum(axis=1) == pytest.approx(inside.sum(axis=1))
    assert np.trace(alike) / alike.sum() == pytest.approx(np.trace(inside) / inside.sum(), abs=0.02)


@pytest.mark.parametrize("tail", [accuracy_tail, lambda inside, whole: macro_f1_tail(inside, whole, 300, RNG(0))])
def test_slices_without_a_fault_are_called_worse_as_rarely_as_said(tail: object) -> None:
    rng, found = RNG(4), []
    for _ in range(150):
        inside, rest = (confused(rows, (0.7, 0.5, 0.95), rng) for rows in ((12, 14, 90), (180, 200, 1300)))
        found.append(tail(inside, inside + rest))  # type: ignore[operator]
    assert np.mean(np.array(found) <= 0.05) <= 0.1
    assert np.mean(np.array(found) <= 0.5) == pytest.approx(0.5, abs=0.15)


def test_a_worse_slice_is_found_by_both() -> None:
    rng = RNG(5)
    inside, rest = confused((20, 20, 120), (0.4, 0.3, 0.8), rng), confused((200, 200, 1300), (0.7, 0.5, 0.95), rng)
    assert accuracy_tail(inside, inside + rest) < 1e-3
    assert macro_f1_tail(inside, inside + rest, 300, rng) < 1e-3


def test_the_edges() -> None:
    matrix = np.array([[5, 0, 0], [0, 0, 0], [0, 0, 5]])
    assert accuracy_tail(matrix, matrix) == 1  # the slice is everything: nothing to be worse than
    assert np.isnan(rest_alike(matrix, matrix)).all()
    assert mean_f1(matrix) == 1
    assert np.isnan(mean_f1(matrix * 0))
    only_here = matrix + np.diag([0, 4, 0])
    alike = rest_alike(only_here, only_here + np.diag([5, 0, 50]))
    assert alike.tolist() == only_here.tolist()  # neutral is the slice's own, the others are as right elsewhere
    perfect = np.diag([50, 50, 400])
    assert macro_f1_tail(perfect, perfect * 3, 100, RNG(0)) == 1
