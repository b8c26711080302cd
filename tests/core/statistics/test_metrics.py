"""The metrics, against scikit-learn and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewloop.core.statistics import metrics

labels_and_answers = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60)


def one_hot(predictions: list[int], confidence: float = 0.8) -> np.ndarray:
    probabilities = np.full((len(predictions), 3), (1 - confidence) / 2)
    probabilities[np.arange(len(predictions)), predictions] = confidence
    return probabilities


@settings(deadline=None, max_examples=40)
@given(labels_and_answers)
def test_marks_agree_with_scikit_learn(rows: list[tuple[int, int]]) -> None:
    from sklearn import metrics as reference

    labels, answers = zip(*([*rows, (0, 0), (1, 1), (2, 2)]), strict=True)
    found = metrics.classification_metrics(labels, one_hot(list(answers)))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels, answers))
    assert found["macro_f1"] == pytest.approx(reference.f1_score(labels, answers, average="macro"))
    assert found["log_loss"] == pytest.approx(reference.log_loss(labels, one_hot(list(answers)), labels=[0, 1, 2]))
    scores = reference.precision_recall_fscore_support(labels, answers)
    for name, values in zip(("precision", "recall", "f1", "support"), scores, strict=True):
        assert [found[f"{name}.{kind}"] for kind in ("negative", "neutral", "positive")] == pytest.approx(values)
    assert metrics.confusion(labels, answers).tolist() == reference.confusion_matrix(labels, answers).tolist()
    one_against_the_rest = reference.roc_auc_score(np.eye(3)[list(labels)], one_hot(list(answers)), average=None)
    assert [found[f"roc_auc.{kind}"] for kind in ("negative", "neutral", "positive")] == pytest.approx(one_against_the_rest)
    assert found["roc_auc.macro"] == pytest.approx(np.mean(one_against_the_rest))


def test_always_answering_positive_scores_what_the_configuration_says() -> None:
    labels = [0] * 10 + [1] * 12 + [2] * 78
    assert metrics.classification_metrics(labels, one_hot([2] * 100))["macro_f1"] == pytest.approx(0.29, abs=0.005)


def test_a_class_without_rows_makes_its_recall_and_macro_f1_unknown() -> None:
    found = metrics.classification_metrics([0, 2, 2], one_hot([0, 2, 1]))
    assert math.isnan(found["recall.neutral"])
    assert math.isnan(found["macro_f1"])
    assert found["recall.negative"] == 1
    assert math.isnan(found["roc_auc.neutral"])
    assert math.isnan(found["roc_auc.macro"])


def test_a_class_never_predicted_has_f1_zero_and_no_precision() -> None:
    found = metrics.classification_metrics([0, 1, 2], one_hot([0, 2, 2]))
    assert found["f1.neutral"] == 0
    assert math.isnan(found["precision.neutral"])


def test_no_rows_give_no_marks() -> None:
    found = metrics.classification_metrics([], np.zeros((0, 3)))
    assert found["num_rows"] == 0
    unknown = ("accuracy", "macro_f1", "log_loss", "calibration_error", "recall.negative", "roc_auc.macro")
    assert all(math.isnan(found[name]) for name in unknown)


def test_the_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    labels, answers = [0, 0, 0, 0, 1], [0, 0, 0, 1, 1]
    # One bin holds confidence 0.9 with 3 of 4 right (gap 0.15), another 0.5 with 1 of 1 right (gap 0.5).
    probabilities = np.vstack([one_hot(answers[:4], 0.9), one_hot(answers[4:], 0.5)])
    assert metrics.calibration_error(labels, probabilities) == pytest.approx((4 * 0.15 + 1 * 0.5) / 5)


def test_certain_and_right_is_perfectly_calibrated() -> None:
    assert metrics.calibration_error([0, 1, 2], one_hot([0, 1, 2], 1.0)) == 0


def test_many_confusion_matrices_are_marked_at_once() -> None:
    stack = np.stack([metrics.confusion([0, 1, 2], [0, 1, 2]), metrics.confusion([0, 1, 2], [0, 1, 1])])
    assert metrics.macro_f1(stack) == pytest.approx([1, float(metrics.macro_f1(stack[1]))])
    assert metrics.accuracy(stack) == pytest.approx([1, 2 / 3])
