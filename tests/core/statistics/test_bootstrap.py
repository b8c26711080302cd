"""The intervals, against resampling the rows themselves."""

import numpy as np
import pytest

from reviewloop.core.statistics.bootstrap import count_intervals, macro_f1_difference, macro_f1_standard_error
from reviewloop.core.statistics.metrics import confusion, macro_f1, recall

RNG = np.random.default_rng(7)
LABELS = RNG.choice(3, 800, p=[0.12, 0.12, 0.76])


def noisy(share_wrong: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(LABELS)) < share_wrong, rng.integers(0, 3, len(LABELS)), LABELS)


def test_the_intervals_are_those_of_resampled_rows() -> None:
    answers = noisy(0.3, seed=1)
    scores, recalls = [], []
    for _ in range(1500):
        rows = RNG.integers(0, len(LABELS), len(LABELS))
        matrix = confusion(LABELS[rows], answers[rows])
        scores.append(float(macro_f1(matrix)))
        recalls.append(float(recall(matrix)[0]))
    found = count_intervals(LABELS, answers, 4000, seed=0)
    assert found["macro_f1"] == pytest.approx(np.quantile(scores, [0.025, 0.975]), abs=0.006)
    assert found["recall.negative"] == pytest.approx(np.quantile(recalls, [0.025, 0.975]), abs=0.012)


def test_every_mark_lies_in_its_interval_and_the_accuracy_is_known_as_theory_says() -> None:
    answers = noisy(0.3, seed=1)
    found = count_intervals(LABELS, answers, 4000, seed=0)
    assert set(found) == {"accuracy", "macro_f1"} | {
        f"{mark}.{kind}" for mark in ("precision", "recall", "f1") for kind in ("negative", "neutral", "positive")
    }
    low, high = found["accuracy"]
    share = float((answers == LABELS).mean())
    assert low < share < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(share * (1 - share) / len(LABELS)), rel=0.1)


def test_a_class_never_predicted_has_no_precision_to_be_sure_of() -> None:
    found = count_intervals([0, 1, 2] * 30, [0, 2, 2] * 30, 300, seed=0)
    assert np.isnan(found["precision.neutral"]).all()
    assert found["recall.neutral"] == (0, 0)


def test_the_paired_interval_is_that_of_resampled_pairs() -> None:
    first, second = noisy(0.25, seed=1), noisy(0.3, seed=2)
    deltas = []
    for _ in range(1500):
        rows = RNG.integers(0, len(LABELS), len(LABELS))
        label = LABELS[rows]
        deltas.append(float(macro_f1(confusion(label, first[rows])) - macro_f1(confusion(label, second[rows]))))
    found = macro_f1_difference(LABELS, first, second, 4000, seed=0)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(deltas, [0.025, 0.975])), abs=0.006)
    assert found.confidence == pytest.approx(np.mean(np.array(deltas) > 0), abs=0.03)


def test_a_model_is_never_above_itself() -> None:
    answers = noisy(0.3, seed=1)
    found = macro_f1_difference(LABELS, answers, answers, 500, seed=0)
    assert (found.delta, found.low, found.high, found.confidence) == (0, 0, 0, 0)


def test_the_same_seed_gives_the_same_interval() -> None:
    answers = noisy(0.3, seed=1)
    assert count_intervals(LABELS, answers, 500, seed=3) == count_intervals(LABELS, answers, 500, seed=3)
    assert count_intervals(LABELS, answers, 500, seed=3) != count_intervals(LABELS, answers, 500, seed=4)


def test_without_a_class_there_is_no_confidence() -> None:
    found = macro_f1_difference([0, 0, 2, 2], [0, 0, 2, 2], [2, 2, 2, 2], 200, seed=0)
    assert np.isnan([found.delta, found.low, found.high]).all()
    assert found.confidence == 0


def test_other_rows_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="same rows"):
        macro_f1_difference([0, 1, 2], [0, 1, 2], [0, 1], 100, seed=0)


def test_nothing_cannot_be_resampled() -> None:
    with pytest.raises(ValueError, match="no rows"):
        count_intervals([], [], 100, seed=0)


def test_the_standard_error_is_how_far_resampled_rows_spread() -> None:
    answers, scores = noisy(0.3, seed=1), []
    for _ in range(1500):
        rows = RNG.integers(0, len(LABELS), len(LABELS))
        scores.append(float(macro_f1(confusion(LABELS[rows], answers[rows]))))
    assert macro_f1_standard_error(LABELS, answers, 4000, seed=0) == pytest.approx(np.std(scores), rel=0.08)
    assert np.isnan(macro_f1_standard_error([0, 0], [0, 1], 100, seed=0)), "without a sentiment there is no macro-F1"
    with pytest.raises(ValueError, match="no rows"):
        macro_f1_standard_error([], [], 100, seed=0)
