"""The marks that live quality is told in, of one table of counts or of many."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats, accuracy, f1, recall

MARKS: Final = ("accuracy", "macro_f1", *(f"recall.{name}" for name in SENTIMENTS))
HEADLINES: Final = ("accuracy", "macro_f1")
"""The marks that are tested: a recall has a test of its own in ``core.monitoring.reading``."""


def marks(counts: npt.NDArray[Any]) -> dict[str, Floats]:
    """Each of ``MARKS`` of confusion counts, shape (..., 3, 3), rows labels: shape (...,), NaN where it cannot be computed.

    Macro-F1 is over the classes that the counts hold: a class that a small day happens not to hold, counted as 0, would look like a
    broken model.
    """
    scores, recalls = f1(counts), recall(counts)
    known = ~np.isnan(scores)
    with np.errstate(invalid="ignore"):
        means = np.where(known, scores, 0.0).sum(axis=-1) / known.sum(axis=-1)
    found = {"accuracy": accuracy(counts), "macro_f1": np.asarray(means)}
    return found | {f"recall.{name}": recalls[..., label] for label, name in enumerate(SENTIMENTS)}
