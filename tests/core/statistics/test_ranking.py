"""The area under the ROC curve, against scikit-learn and against its meaning."""

import numpy as np
import pytest

from reviewloop.core.statistics.ranking import Ranking

RNG = np.random.default_rng(3)


def test_ties_and_order_are_scikit_learns() -> None:
    from sklearn.metrics import roc_auc_score

    for num_values in (2, 5, 1000):
        scores, truth = RNG.integers(0, num_values, 300) / num_values, RNG.random(300) < 0.2
        assert Ranking(truth, scores).auc(np.ones(300)) == pytest.approx(roc_auc_score(truth, scores))


def test_a_weight_is_that_many_rows() -> None:
    scores, truth, times = RNG.integers(0, 6, 40), np.arange(40) % 3 == 0, RNG.integers(0, 4, (5, 40))
    repeated = [Ranking(np.repeat(truth, one), np.repeat(scores, one)).auc(np.ones(one.sum())).item() for one in times]
    assert Ranking(truth, scores).auc(times) == pytest.approx(repeated)


def test_the_ends_and_the_middle() -> None:
    truth = np.array([False, False, True])
    assert Ranking(truth, [0.1, 0.2, 0.9]).auc(np.ones(3)) == 1
    assert Ranking(truth, [0.9, 0.2, 0.1]).auc(np.ones(3)) == 0
    assert Ranking(truth, [0.5, 0.5, 0.5]).auc(np.ones(3)) == 0.5


def test_one_side_alone_cannot_be_ranked() -> None:
    assert np.isnan(Ranking([True, True], [0.1, 0.2]).auc(np.ones(2)))
    assert np.isnan(Ranking([], []).auc(np.ones(0)))
    assert np.isnan(Ranking([True, False], [0.1, 0.2]).auc(np.array([[2, 0]]))).all()
