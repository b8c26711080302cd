"""The intervals of the metrics that need probabilities, against the plain bootstrap and against the truth."""

import time

import numpy as np
import pytest

from reviewloop.core.statistics.metrics import calibration_error, classification_metrics, log_loss, roc_auc
from reviewloop.core.statistics.row_bootstrap import row_intervals


def answers(num_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from the probabilities themselves: perfectly calibrated."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([0.4, 0.5, 2.0], num_rows)
    return (rng.random(num_rows)[:, np.newaxis] > probabilities.cumsum(axis=1)).sum(axis=1), probabilities


def test_the_intervals_are_those_of_resampled_rows() -> None:
    labels, probabilities = answers(400, seed=1)
    rng, drawn = np.random.default_rng(8), []
    for _ in range(1500):
        rows = rng.integers(0, 400, 400)
        drawn.append((log_loss(labels[rows], probabilities[rows]), *roc_auc(labels[rows], probabilities[rows])))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    found = row_intervals(labels, probabilities, 3000, seed=0)
    names = ("log_loss", "roc_auc.negative", "roc_auc.neutral", "roc_auc.positive")
    for place, name in enumerate(names):
        assert found[name] == pytest.approx((low[place], high[place]), abs=0.012), name


def test_each_mark_lies_in_its_interval() -> None:
    labels, probabilities = answers(600, seed=2)
    flat = classification_metrics(labels, probabilities)
    for name, (low, high) in row_intervals(labels, probabilities, 1000, seed=0).items():
        assert low <= flat[name] <= high, name


def overconfident(num_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The same labels, from a model that is surer than it should be."""
    labels, probabilities = answers(num_rows, seed)
    powers = probabilities**2
    return labels, powers / powers.sum(axis=1, keepdims=True)


def test_the_interval_of_the_calibration_error_lies_around_it_also_for_a_calibrated_model() -> None:
    """The plain bootstrap would lie above it: bins of few rows are off by chance, and every sample adds its own chance."""
    for seed in range(40):
        labels, probabilities = answers(300, seed)
        low, high = row_intervals(labels, probabilities, 300, seed=0)["calibration_error"]
        assert low <= calibration_error(labels, probabilities) <= high


def test_the_interval_holds_the_calibration_error_of_all_rows_there_could_be() -> None:
    truth = calibration_error(*overconfident(200_000, seed=99))
    intervals = [row_intervals(*overconfident(1000, seed), 300, seed=0)["calibration_error"] for seed in range(60)]
    assert truth > 0.05
    assert np.mean([low <= truth <= high for low, high in intervals]) >= 0.85


def test_the_same_seed_gives_the_same_intervals() -> None:
    labels, probabilities = answers(100, seed=3)
    assert row_intervals(labels, probabilities, 300, seed=5) == row_intervals(labels, probabilities, 300, seed=5)
    assert row_intervals(labels, probabilities, 300, seed=5) != row_intervals(labels, probabilities, 300, seed=6)


def test_a_real_size_takes_seconds() -> None:
    labels, probabilities = answers(4500, seed=4)
    before = time.process_time()
    row_intervals(labels, probabilities, 1000, seed=0)
    assert time.process_time() - before < 5


def test_a_class_without_rows_has_no_interval_and_no_rows_are_an_error() -> None:
    probabilities = answers(50, seed=5)[1]
    found = row_intervals(np.full(50, 2), probabilities, 100, seed=0)
    assert np.isnan(found["roc_auc.negative"]).all()
    assert np.isnan(found["roc_auc.macro"]).all()
    assert np.isfinite(found["log_loss"]).all()
    with pytest.raises(ValueError, match="no rows"):
        row_intervals([], np.zeros((0, 3)), 100, seed=0)
