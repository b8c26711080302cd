"""Do two sets of rows differ in what is measured of them, beyond what the strata that they fall into explain?"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.statistics.metrics import Floats

_FLAT: Final = 1e-9
"""Directions of less than this share of the largest variance are no measurement."""


@dataclass(frozen=True)
class StratifiedDifference:
    """``chance``: of sums so far from what the strata let expect, were it luck which rows of a stratum are in which set; NaN where
    nothing varies inside the strata, or none holds rows of both sets."""

    statistic: float
    num_free: int
    """Degrees of freedom: how many directions of the measurements vary."""
    chance: float


def stratified_difference(measured: Floats, is_second: npt.ArrayLike, strata: npt.ArrayLike | None = None) -> StratifiedDifference:
    """Generalised Cochran-Mantel-Haenszel test of mean scores (Landis, Heyman and Koch, "Average partial association in three-way
    contingency tables", International Statistical Review 46, 1978, equations 3.2 to 3.5).

    ``measured`` has shape (n, d); ``is_second`` says of each row which set it is of; ``strata``, any labels, None for one stratum.
    Given the strata, which rows of a stratum are in the second set is luck under the null: the mean and covariance of the second
    set's sums are then known exactly, and the statistic follows chi-square for sums of many rows. Nothing is drawn, and the order
    of rows decides nothing. Cost: n d^2.
    """
    from scipy.stats import chi2

    second = np.asarray(is_second, dtype=bool)
    _, places = np.unique(np.zeros(len(second)) if strata is None else np.asarray(strata), return_inverse=True)
    num_strata = int(places.max()) + 1 if len(places) else 0
    sizes, taken = (np.bincount(places[chosen], minlength=num_strata) for chosen in (slice(None), second))
    means = _sums(measured, places, num_strata) / np.maximum(sizes, 1)[:, np.newaxis]
    off = measured - means[places]
    weights = taken * (sizes - taken) / np.maximum(sizes - 1, 1) / np.maximum(sizes, 1)
    away = off[second].sum(axis=0)
    spread = (off * weights[places][:, np.newaxis]).T @ off
    values, vectors = np.linalg.eigh(spread)
    kept = values > max(float(values.max(initial=0.0)) * _FLAT, 1e-12)
    if not kept.any():
        return StratifiedDifference(0.0, 0, float("nan"))
    statistic = float((((away @ vectors[:, kept]) ** 2) / values[kept]).sum())
    return StratifiedDifference(statistic, int(kept.sum()), float(chi2.sf(statistic, kept.sum())))


def one_hot(values: npt.ArrayLike, least_share: float = 0.0) -> Floats:
    """A column of 0 and 1 for each value, shape (n, values), in sorted order; values rarer than ``least_share`` are one
    together."""
    names: npt.NDArray[Any] = np.asarray(values).astype(str)
    known, places, counts = np.unique(names, return_inverse=True, return_counts=True)
    rare = counts < least_share * len(names)
    if rare.sum() > 1:
        order = np.where(rare, 0, np.cumsum(~rare))
        places = order[places]
        return np.asarray(np.eye(int(order.max()) + 1)[places])
    return np.asarray(np.eye(len(known))[places])


def _sums(measured: Floats, places: npt.NDArray[np.int64], num_strata: int) -> Floats:
    sums = np.zeros((num_strata, measured.shape[1]))
    np.add.at(sums, places, measured)
    return sums
