"""Is a slice worse than the rest, like with like, or is it chance?

A slice with many neutral reviews is harder for any model, so all other rows are weighed to the slice's own mix of sentiments:
what counts is whether the model treats the same sentiment worse here. Both tests keep that mix.

- Accuracy: given the rows of each sentiment in and outside of the slice, and how many of both together are right, the number
  right in the slice is a sum of hypergeometric numbers if it makes no difference to be in the slice. The p-value is the exact
  lower tail of that sum: Mantel and Haenszel's hypothesis (Journal of the National Cancer Institute 22, 1959), tested exactly
  as by Gart (Biometrika 57, 1970). With one sentiment alone it is Fisher's exact test.
- Macro-F1 is no count: rows of each sentiment are drawn from all rows of it, without replacement, and the slice is compared
  with the mean and spread of such draws (a permutation test, by its normal tail).
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from reviewloop.core.statistics.metrics import NUM_CLASSES, Floats, Ints, f1


def rest_alike(matrix: Ints, whole: Ints) -> Floats:
    """The confusion of all rows outside of the slice, each class weighed to as many rows as the slice has of it.

    A class that only the slice has cannot be compared: it counts as the slice's own. NaN where there is no other row.
    """
    rest = whole - matrix
    if not rest.sum():
        return np.full(matrix.shape, np.nan)
    wanted, there = matrix.sum(axis=1, keepdims=True), rest.sum(axis=1, keepdims=True)
    weights = np.divide(wanted, there, out=np.zeros(there.shape), where=there > 0)
    weighed: Floats = np.where(there > 0, rest * weights, matrix)
    return weighed


def mean_f1(matrix: npt.NDArray[Any]) -> float:
    """The mean F1 of the classes that have rows; NaN where none has."""
    scores = f1(matrix)
    known = scores[~np.isnan(scores)]
    return float(known.mean()) if len(known) else math.nan


def accuracy_tail(matrix: Ints, whole: Ints) -> float:
    """The chance that so few or fewer rows of the slice are right, if the slice makes no difference."""
    from scipy.stats import hypergeom

    chances = np.ones(1)
    for label in range(NUM_CLASSES):
        num_drawn = int(matrix[label].sum())
        if num_drawn:
            num_right = np.arange(num_drawn + 1)
            chances = np.convolve(
                chances, hypergeom.pmf(num_right, int(whole[label].sum()), int(whole[label, label]), num_drawn)
            )  # fmt: skip
    return float(min(chances[: int(np.trace(matrix)) + 1].sum(), 1.0))


def macro_f1_tail(matrix: Ints, whole: Ints, num_draws: int, rng: np.random.Generator) -> float:
    """The chance that the mean F1 of so many rows of each class is so low or lower, if the slice makes no difference."""
    num_rows = matrix.sum(axis=1).tolist()
    draws = [rng.multivariate_hypergeometric(whole[label], num_rows[label], num_draws) for label in range(NUM_CLASSES)]
    scores = f1(np.stack(draws, axis=1))[:, matrix.sum(axis=1) > 0].mean(axis=1)
    seen, expected, spread = mean_f1(matrix), float(scores.mean()), float(scores.std(ddof=1))
    if spread == 0:
        return 1.0 if seen >= expected else 0.0
    return math.erfc((expected - seen) / spread / math.sqrt(2)) / 2
