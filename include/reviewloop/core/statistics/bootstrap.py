"""How sure a metric is: bootstrap intervals of what counts alone decide, and of the difference of two models on the same rows.

Accuracy, precision, recall, F1 and macro-F1 depend on the rows only through the counts of (true class, predicted class).
Drawing n rows with replacement is therefore the same as drawing those counts from a multinomial, which needs no rows at all.
For two models the counts are of (true class, first prediction, second prediction): the rows stay paired, so that a row hard
for both adds no noise.

Percentile intervals: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 and 16.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import NUM_CLASSES, accuracy, confusion, f1, macro_f1, precision, recall


@dataclass(frozen=True)
class Difference:
    """Macro-F1 of the first model minus the second's: as seen, its 95 % interval, and in what share of resamples it is > 0."""

    delta: float
    low: float
    high: float
    confidence: float


def _resample(counts: npt.NDArray[np.int64], num_resamples: int, seed: int) -> npt.NDArray[np.int64]:
    total = int(counts.sum())
    if total == 0:
        raise ValueError("no rows to resample")
    drawn = np.random.default_rng(seed).multinomial(total, counts.ravel() / total, size=num_resamples)
    return drawn.reshape(num_resamples, *counts.shape)


def percentiles(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The ends of the 95 % interval of a metric's resamples; NaN where none could be computed."""
    # A resample without one rare class has no recall of it and no macro-F1; it tells nothing and is left out.
    kept = values[~np.isnan(values)]
    return (float(np.quantile(kept, 0.025)), float(np.quantile(kept, 0.975))) if len(kept) else (float("nan"), float("nan"))


def count_intervals(
    labels: npt.ArrayLike, predictions: npt.ArrayLike, num_resamples: int, seed: int
) -> dict[str, tuple[float, float]]:
    """95 % intervals of ``accuracy``, ``macro_f1``, and of each class's ``precision``, ``recall`` and ``f1`` (``recall.negative``).

    Raises ``ValueError`` without rows.
    """
    drawn = _resample(confusion(labels, predictions), num_resamples, seed)
    found = {"accuracy": percentiles(accuracy(drawn)), "macro_f1": percentiles(macro_f1(drawn))}
    for name, mark in (("precision", precision), ("recall", recall), ("f1", f1)):
        values = mark(drawn)
        found |= {f"{name}.{sentiment}": percentiles(values[:, label]) for label, sentiment in enumerate(SENTIMENTS)}
    return found


def macro_f1_difference(
    labels: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike, num_resamples: int, seed: int
) -> Difference:
    """Macro-F1 of the predictions ``first`` minus that of ``second``, on the same rows (paired bootstrap)."""
    label, a, b = (np.asarray(values, dtype=np.int64) for values in (labels, first, second))
    if not len(label) == len(a) == len(b):
        raise ValueError(f"{len(label)} labels, {len(a)} first and {len(b)} second predictions: they must be of the same rows")
    cells = np.bincount((label * NUM_CLASSES + a) * NUM_CLASSES + b, minlength=NUM_CLASSES**3)
    drawn = _resample(cells.reshape(NUM_CLASSES, NUM_CLASSES, NUM_CLASSES), num_resamples, seed)
    deltas = macro_f1(drawn.sum(axis=3)) - macro_f1(drawn.sum(axis=2))
    seen = float(macro_f1(confusion(label, a)) - macro_f1(confusion(label, b)))
    return Difference(seen, *percentiles(deltas), confidence=float((deltas > 0).mean()))


def macro_f1_standard_error(labels: npt.ArrayLike, predictions: npt.ArrayLike, num_resamples: int, seed: int) -> float:
    """The standard deviation of macro-F1 over resamples of the rows (Efron and Tibshirani, chapter 6); NaN where none tells it.

    Raises ``ValueError`` without rows.
    """
    values = macro_f1(_resample(confusion(labels, predictions), num_resamples, seed))
    kept = values[~np.isnan(values)]
    return float(kept.std(ddof=1)) if len(kept) > 1 else float("nan")
