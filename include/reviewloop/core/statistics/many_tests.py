"""Many tests at once: what luck alone would mark."""

import numpy as np
from numpy.typing import NDArray


def holm(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's adjusted p-values of all tests of a report, in the given order; NaN (no test) stays NaN and does not count.

    Marking those at most alpha keeps the chance of a single false mark in the whole report at alpha or less.
    """
    adjusted = np.full(chances.shape, np.nan)
    tests = np.flatnonzero(~np.isnan(chances))
    order = tests[np.argsort(chances[tests], kind="stable")]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(chances[order] * factors), 1.0)
    return adjusted
