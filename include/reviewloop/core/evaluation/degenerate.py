"""Outputs that no working model gives: not a number, one class for everything, the same answer to every text."""

from typing import Any, Final

import numpy as np
import pandas as pd

from reviewloop.core.reviews import SENTIMENTS

ANSWERED: Final = "answered"
"""Whether the model's probabilities of a row were numbers; a column of ``core.evaluation.evaluation.with_predictions``."""
_DECIMALS: Final = 6
"""Two outputs that agree to so many are the same: what differs beyond is the order of additions, not the text."""


def degenerate_metrics(predicted: pd.DataFrame) -> dict[str, float]:
    """What ``predicted`` (see ``core.evaluation.evaluation.with_predictions``) shows of a broken model, by flat metric name.

    ``num_not_finite`` counts rows without three finite probabilities; ``num_classes_predicted``, ``max_class_share`` and
    ``num_distinct_outputs`` look at the other rows only, and are 0, NaN and 0 where there is none.
    """
    answered = predicted[predicted[ANSWERED]]
    counts = np.bincount(answered["prediction"].to_numpy(dtype=np.int64), minlength=len(SENTIMENTS))
    outputs: Any = answered[[f"p_{name}" for name in SENTIMENTS]].to_numpy(dtype=np.float64).round(_DECIMALS)
    return {
        "degenerate.num_not_finite": float(len(predicted) - len(answered)),
        "degenerate.num_classes_predicted": float((counts > 0).sum()),
        "degenerate.max_class_share": float(counts.max() / len(answered)) if len(answered) else float("nan"),
        "degenerate.num_distinct_outputs": float(len(np.unique(outputs, axis=0))),
    }
