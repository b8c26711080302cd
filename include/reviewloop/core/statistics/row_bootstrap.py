"""How sure the metrics are that need each row's probabilities: log loss, calibration error and ROC AUC.

Rows are drawn with replacement, and a row drawn twice weighs two: every mark of a thousand samples is then a few products of
matrices. Percentile intervals, as in ``bootstrap``. A calibration error is a little too high by chance alone (the gaps of
small bins add up and never cancel), and that of a bootstrap sample by as much again: its interval is shifted back by what the
samples add, to lie around the value (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, section 10.2).
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.bootstrap import percentiles
from reviewloop.core.statistics.metrics import CALIBRATION_BINS, Floats, bin_places, calibration_error, per_row_log_loss
from reviewloop.core.statistics.ranking import Ranking

_BLOCK: Final = 200
"""Samples held at once: 4,500 rows are 7 MB."""


def row_intervals(
    labels: npt.ArrayLike, probabilities: npt.NDArray[Any], num_resamples: int, seed: int
) -> dict[str, tuple[float, float]]:
    """95 % intervals of ``log_loss``, ``calibration_error``, ``roc_auc.<sentiment>`` and ``roc_auc.macro``.

    Raises ``ValueError`` without rows.
    """
    truth, num_rows = np.asarray(labels, dtype=np.int64), len(probabilities)
    if num_rows == 0:
        raise ValueError("no rows to resample")
    rng = np.random.default_rng(seed)
    losses, bins = per_row_log_loss(truth, probabilities), _gaps_by_bin(truth, probabilities)
    rankings = [Ranking(truth == label, probabilities[:, label]) for label in range(len(SENTIMENTS))]
    found: dict[str, list[Floats]] = {"log_loss": [], "calibration_error": [], **{_auc(name): [] for name in SENTIMENTS}}
    for start in range(0, num_resamples, _BLOCK):
        weights = _draw(rng, num_rows, min(_BLOCK, num_resamples - start))
        found["log_loss"].append(weights @ losses / num_rows)
        found["calibration_error"].append(np.abs(weights @ bins).sum(axis=1) / num_rows)
        for name, ranking in zip(SENTIMENTS, rankings, strict=True):
            found[_auc(name)].append(ranking.auc(weights))
    drawn = {name: np.concatenate(blocks) for name, blocks in found.items()}
    drawn[_auc("macro")] = np.mean([drawn[_auc(name)] for name in SENTIMENTS], axis=0)
    intervals = {name: percentiles(values) for name, values in drawn.items()}
    shift = float(drawn["calibration_error"].mean()) - calibration_error(truth, probabilities)
    low, high = intervals["calibration_error"]
    return intervals | {"calibration_error": (max(low - shift, 0.0), max(high - shift, 0.0))}


def _auc(name: str) -> str:
    return f"roc_auc.{name}"


def _draw(rng: np.random.Generator, num_rows: int, num_samples: int) -> Floats:
    """How often each row was drawn in each sample: shape ``(num_samples, num_rows)``, each row of it sums to ``num_rows``."""
    places = rng.integers(0, num_rows, (num_samples, num_rows)) + num_rows * np.arange(num_samples)[:, np.newaxis]
    return np.bincount(places.ravel(), minlength=num_samples * num_rows).reshape(num_samples, num_rows).astype(np.float64)


def _gaps_by_bin(truth: npt.NDArray[np.int64], probabilities: npt.NDArray[Any]) -> Floats:
    """Each row's right (1 or 0) minus its confidence, in the column of its bin: shape ``(rows, bins)``."""
    confidence = probabilities.max(axis=1)
    table = np.zeros((len(confidence), CALIBRATION_BINS))
    right = probabilities.argmax(axis=1) == truth
    table[np.arange(len(confidence)), bin_places(confidence, CALIBRATION_BINS)] = right - confidence
    return table
