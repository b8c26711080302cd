"""How well a model's probabilities put the rows of a class before the others: the area under the ROC curve.

AUC is the share of (row of the class, other row) pairs in which the first has the higher probability, a tie counting half:
Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27, 2006, section 7; one class against the rest, as in
its section 9.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Ranking:
    """The rows of one class against all others, put in order once: many bootstrap samples then cost no sort each."""

    def __init__(self, is_positive: npt.ArrayLike, scores: npt.ArrayLike) -> None:
        values = np.asarray(scores, dtype=np.float64)
        self._order = np.argsort(values, kind="stable")
        self._positive = np.asarray(is_positive, dtype=bool)[self._order]
        ordered = values[self._order]
        self._ties = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(ordered) else self._order
        """Where each run of equal scores begins."""

    def auc(self, weights: npt.NDArray[Any]) -> Floats:
        """AUC for row weights of shape ``(..., rows)``, such as how often each row was drawn; NaN without one of the sides."""
        if not len(self._order):
            return np.full(weights.shape[:-1], np.nan)
        ordered = weights[..., self._order].astype(np.float64)
        positive = np.add.reduceat(ordered * self._positive, self._ties, axis=-1)
        other = np.add.reduceat(ordered * ~self._positive, self._ties, axis=-1)
        below = np.cumsum(other, axis=-1) - other
        won = (positive * (below + other / 2)).sum(axis=-1)
        pairs = positive.sum(axis=-1) * other.sum(axis=-1)
        area: Floats = np.divide(won, pairs, out=np.full(won.shape, np.nan), where=pairs > 0)
        return area
