"""How well the champion does on a day's own ratings."""

import numpy as np
import numpy.typing as npt

from reviewloop.core.statistics.metrics import confusion, f1


def live_macro_f1(labels: npt.ArrayLike, predictions: npt.ArrayLike) -> float:
    """Unweighted mean F1 over the classes, given as ids, that the day holds; NaN for a day without rows.

    A class that a small day happens not to hold is left out: counted as 0 it would look like a broken model.
    """
    scores = f1(confusion(labels, predictions))
    return float(scores[~np.isnan(scores)].mean()) if not np.isnan(scores).all() else float("nan")
