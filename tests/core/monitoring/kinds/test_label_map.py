import numpy as np
from tests.helpers.answered import USUAL, judged_otherwise, reviews

from reviewloop.core.monitoring.kinds.label_map import gain_of_map, recorded_as
from reviewloop.core.monitoring.quality.calibration import fit

SOURCE = fit(*reviews(USUAL, 4000, np.random.default_rng(1)))


def read(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, float]:
    likely = SOURCE.apply(probabilities)
    found = recorded_as(likely, labels)
    return found, gain_of_map(likely, labels, SOURCE.shares, found)


def test_labels_as_they_were_are_recorded_as_themselves() -> None:
    found, _ = read(*reviews(USUAL, 3000, np.random.default_rng(2)))
    assert found.diagonal().min() > 0.85
    assert np.allclose(found.sum(axis=1), 1)


def test_a_class_that_is_recorded_as_another_is_found_and_explains_the_labels() -> None:
    labels, probabilities = reviews(USUAL, 600, np.random.default_rng(3))
    found, gain = read(np.where(labels == 1, 0, labels), probabilities)
    assert found[1, 0] > 0.8
    assert gain > 0


def test_a_part_of_a_class_that_is_recorded_as_another_keeps_most_of_it() -> None:
    rng = np.random.default_rng(4)
    labels, probabilities = reviews(USUAL, 400, rng)
    found, gain = read(judged_otherwise(labels, 0.15, rng), probabilities)
    assert 0.7 < found[2, 2] < 0.9
    assert gain > 0


def test_more_complaints_are_other_reviews_and_not_other_labels() -> None:
    rng = np.random.default_rng(5)
    gains = [read(*reviews([0.3, 0.1, 0.6], 200, rng))[1] for _ in range(20)]
    assert max(gains) < 0


def test_a_handful_of_rows_is_recorded_as_itself() -> None:
    found = recorded_as(np.array([[0.1, 0.1, 0.8]]), [0])
    assert (found.argmax(axis=1) == [0, 1, 2]).all()
