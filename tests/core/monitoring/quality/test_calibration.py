import numpy as np
import pytest
from tests.helpers.answered import USUAL, reviews

from reviewloop.core.monitoring.quality.calibration import NotEnoughRows, fit
from reviewloop.core.statistics.metrics import calibration_error


def test_a_model_that_is_too_sure_is_told_how_sure_to_be_on_rows_that_it_was_not_fitted_on() -> None:
    rng = np.random.default_rng(1)
    calibration = fit(*reviews(USUAL, 3000, rng))
    labels, probabilities = reviews(USUAL, 3000, rng)
    assert calibration_error(labels, probabilities) > 0.04
    assert calibration_error(labels, calibration.apply(probabilities)) < 0.02


def test_the_mean_of_the_calibrated_probabilities_is_the_share_of_each_class() -> None:
    labels, probabilities = reviews(USUAL, 3000, np.random.default_rng(2))
    calibration = fit(labels, probabilities)
    assert calibration.apply(probabilities).mean(axis=0) == pytest.approx(calibration.shares, abs=1e-5)


def test_the_order_of_the_rows_decides_nothing() -> None:
    labels, probabilities = reviews(USUAL, 800, np.random.default_rng(4))
    order = np.random.default_rng(5).permutation(len(labels))
    assert fit(labels, probabilities).theta == pytest.approx(fit(labels[order], probabilities[order]).theta, abs=1e-7)


def test_its_errors_are_those_of_drawing_the_reference_anew() -> None:
    rng = np.random.default_rng(6)
    fitted = [fit(*reviews(USUAL, 2000, rng)) for _ in range(60)]
    seen = np.std([one.theta for one in fitted], axis=0)
    told = np.mean([np.sqrt(np.diag(one.covariance())) for one in fitted], axis=0)
    assert told == pytest.approx(seen, rel=0.35)


def test_too_few_rows_of_a_class_are_named_and_classes_that_do_not_overlap_do_not_break_it() -> None:
    labels, probabilities = reviews([0.1, 0.005, 0.895], 1000, np.random.default_rng(7), exact=True)
    with pytest.raises(NotEnoughRows, match="5 rows of a class, 20"):
        fit(labels, probabilities)
    certain = np.eye(3)[np.repeat([0, 1, 2], 30)]
    assert np.isfinite(fit(np.repeat([0, 1, 2], 30), certain).theta).all()
