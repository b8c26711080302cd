"""A classifier's metrics, computed from its confusion matrix and its probabilities.

What cannot be computed is NaN, never 0 or 1: the recall of a class that the part does not hold is unknown, and a gate that
needs it fails for lack of evidence.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.ranking import Ranking

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NUM_CLASSES: Final = len(SENTIMENTS)
CALIBRATION_BINS: Final = 15


def confusion(labels: npt.ArrayLike, predictions: npt.ArrayLike) -> Ints:
    """Counts of shape (3, 3): rows are the true class, columns the predicted one."""
    cells = np.asarray(labels, dtype=np.int64) * NUM_CLASSES + np.asarray(predictions, dtype=np.int64)
    return np.bincount(cells, minlength=NUM_CLASSES**2).reshape(NUM_CLASSES, NUM_CLASSES)


def _divide(top: Any, bottom: Any) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(bottom) == 0, np.nan, np.divide(top, bottom, dtype=np.float64))


def accuracy(matrices: npt.NDArray[Any]) -> Floats:
    """Share of right answers, of one confusion matrix or of many (shape (..., 3, 3)); NaN without rows."""
    return _divide(np.trace(matrices, axis1=-2, axis2=-1), matrices.sum(axis=(-2, -1)))


def precision(matrices: npt.NDArray[Any]) -> Floats:
    """Per class (shape (..., 3)): the share of its predictions that are right; NaN for a class never predicted."""
    return _divide(np.diagonal(matrices, axis1=-2, axis2=-1), matrices.sum(axis=-2))


def recall(matrices: npt.NDArray[Any]) -> Floats:
    """Per class (shape (..., 3)): the share of its rows that were found; NaN for a class without rows."""
    return _divide(np.diagonal(matrices, axis1=-2, axis2=-1), matrices.sum(axis=-1))


def f1(matrices: npt.NDArray[Any]) -> Floats:
    """Per class (shape (..., 3)): 2 TP / (2 TP + FP + FN); NaN for a class without rows, 0 for one never found."""
    support = matrices.sum(axis=-1)
    scores = _divide(2 * np.diagonal(matrices, axis1=-2, axis2=-1), support + matrices.sum(axis=-2))
    return np.where(support > 0, scores, np.nan)


def macro_f1(matrices: npt.NDArray[Any]) -> Floats:
    """The mean of the classes' F1, each class counting the same; NaN when one class has no rows."""
    return np.asarray(f1(matrices).mean(axis=-1))


def per_row_log_loss(labels: npt.ArrayLike, probabilities: npt.NDArray[Any]) -> Floats:
    """-ln of the probability given to each row's true class, in nats; probabilities are clipped at 1e-15."""
    of_truth = probabilities[np.arange(len(probabilities)), np.asarray(labels, dtype=np.int64)]
    losses: Floats = -np.log(np.clip(of_truth, 1e-15, 1.0))
    return losses


def log_loss(labels: npt.ArrayLike, probabilities: npt.NDArray[Any]) -> float:
    """The mean of ``per_row_log_loss``; NaN without rows."""
    return float(per_row_log_loss(labels, probabilities).mean()) if len(probabilities) else float("nan")


def bin_places(confidence: npt.NDArray[Any], bins: int) -> Ints:
    """The bin (0 to ``bins`` - 1) of each confidence; bin i holds what is above i/bins, up to (i+1)/bins."""
    places: Ints = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    return places


def calibration_error(labels: npt.ArrayLike, probabilities: npt.NDArray[Any], bins: int = CALIBRATION_BINS) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy over equal-width bins of confidence.

    Guo et al., On Calibration of Modern Neural Networks, ICML 2017, equation 5; 15 bins as there.
    """
    if not len(probabilities):
        return float("nan")
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == np.asarray(labels)
    gaps = np.bincount(bin_places(confidence, bins), weights=right - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidence))


def roc_auc(labels: npt.ArrayLike, probabilities: npt.NDArray[Any]) -> Floats:
    """Per class (shape (3,)): the ROC AUC of its probability, one against the rest; NaN where only one side has rows."""
    truth, whole = np.asarray(labels), np.ones(len(probabilities))
    return np.array([float(Ranking(truth == label, probabilities[:, label]).auc(whole)) for label in range(NUM_CLASSES)])


def classification_metrics(labels: npt.ArrayLike, probabilities: npt.NDArray[Any]) -> dict[str, float]:
    """All metrics by flat name: ``macro_f1``, ``recall.negative``, ``support.neutral`` ... ; ``probabilities`` has shape (n, 3)."""
    matrix, areas = confusion(labels, probabilities.argmax(axis=1)), roc_auc(labels, probabilities)
    flat = {
        "num_rows": float(matrix.sum()),
        "accuracy": float(accuracy(matrix)),
        "macro_f1": float(macro_f1(matrix)),
        "log_loss": log_loss(labels, probabilities),
        "calibration_error": calibration_error(labels, probabilities),
        "roc_auc.macro": float(areas.mean()),
    }
    for name, values in {
        "precision": precision(matrix),
        "recall": recall(matrix),
        "f1": f1(matrix),
        "roc_auc": areas,
        "support": matrix.sum(axis=1).astype(float),
    }.items():
        flat |= {f"{name}.{sentiment}": float(value) for sentiment, value in zip(SENTIMENTS, values, strict=True)}
    return flat
