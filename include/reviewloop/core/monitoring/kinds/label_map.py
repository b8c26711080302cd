"""Other labels: are there other reviews, or are the same ones recorded otherwise? From answers and labels of the same rows."""

from typing import Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.statistics.metrics import NUM_CLASSES, Floats

_STEPS: Final = 300
_MORE_PARAMETERS: Final = NUM_CLASSES * (NUM_CLASSES - 1) - (NUM_CLASSES - 1)
_PULL: Final = 2.0
"""Rows of each class that are taken to be recorded as themselves: a class of a handful of rows says nothing."""


def recorded_as(calibrated: Floats, labels: npt.ArrayLike) -> Floats:
    """The likeliest map, shape (3, 3), rows classes: by EM, each row's class being as probable as ``calibrated`` (n, 3) says
    (Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm", Applied Statistics 28, 1979,
    with one observer and known shares)."""
    recorded = np.eye(NUM_CLASSES)[np.asarray(labels, dtype=np.int64)]
    found = np.full((NUM_CLASSES, NUM_CLASSES), 0.1) + 0.7 * np.eye(NUM_CLASSES)
    for _ in range(_STEPS):
        likely = calibrated * (recorded @ found.T)
        likely /= np.maximum(likely.sum(axis=1, keepdims=True), 1e-300)
        counts = likely.T @ recorded + _PULL * np.eye(NUM_CLASSES)
        found = counts / counts.sum(axis=1, keepdims=True)
    return np.asarray(found)


def gain_of_map(calibrated: Floats, labels: npt.ArrayLike, source: Floats, found: Floats) -> float:
    """How much likelier (natural logarithm, less the map's four parameters more: Akaike, "A new look at the statistical model
    identification", IEEE Transactions on Automatic Control 19, 1974) the rows are where labels are recorded by ``found`` (3, 3)
    than where the classes' shares moved from ``source`` (3,) to the labels' own. Positive: the map explains them better.

    Of a row with answer p and label y the first says sum_k p_k found[k, y], the second p_y share_y / source_y, both times the
    chance of its text before.
    """
    recorded = np.asarray(labels, dtype=np.int64)
    rows = np.arange(len(recorded))
    shares = np.bincount(recorded, minlength=NUM_CLASSES) / len(recorded)
    by_map, by_shares = calibrated @ found, calibrated * shares / source
    logs = [np.log(np.maximum(likely[rows, recorded], 1e-12)).sum() for likely in (by_map, by_shares)]
    return float(logs[0] - logs[1]) - _MORE_PARAMETERS
