"""The reliability table."""

import numpy as np
import pytest

from reviewloop.core.evaluation.reliability import reliability
from reviewloop.core.statistics.metrics import calibration_error

RNG = np.random.default_rng(1)
PROBABILITIES = RNG.dirichlet([0.5, 0.5, 2.0], 500)
LABELS = RNG.integers(0, 3, 500)


def test_the_bins_hold_every_row_once_and_add_up_to_the_calibration_error() -> None:
    bins = reliability(LABELS, PROBABILITIES)
    assert sum(one["num_rows"] for one in bins) == 500
    gaps = sum(one["num_rows"] * abs(one["accuracy"] - one["confidence"]) for one in bins)
    assert gaps / 500 == pytest.approx(calibration_error(LABELS, PROBABILITIES))
    for one in bins:
        assert one["low"] < one["confidence"] <= one["high"]
        assert one["accuracy_low"] <= one["accuracy"] <= one["accuracy_high"]


def test_a_model_that_is_always_sure_and_often_wrong_shows_in_the_last_bin() -> None:
    (only,) = reliability([0, 0, 1, 1], np.eye(3)[[0, 0, 0, 0]])
    assert (only["high"], only["num_rows"], only["confidence"], only["accuracy"]) == (1, 4, 1, 0.5)
