"""A model's marks on the days after those that it learnt from, beside its marks on the test part."""

from typing import Final

import pandas as pd

from reviewloop.core.statistics.bootstrap import count_intervals
from reviewloop.core.statistics.metrics import accuracy, confusion, macro_f1

_MARKS: Final = {"accuracy": accuracy, "macro_f1": macro_f1}


def future_metrics(predicted: pd.DataFrame, num_resamples: int, seed: int) -> dict[str, float]:
    """``future.num_rows``, and ``future.accuracy`` and ``future.macro_f1`` with their 95 % intervals (``_low``, ``_high``).

    ``predicted``: see ``evaluation.with_predictions``. Macro-F1 is NaN where these days lack a sentiment.
    """
    labels, predictions = predicted["label"], predicted["prediction"]
    intervals, counts = count_intervals(labels, predictions, num_resamples, seed), confusion(labels, predictions)
    found = {"future.num_rows": float(len(predicted))}
    for name, mark in _MARKS.items():
        low, high = intervals[name]
        found |= {f"future.{name}": float(mark(counts)), f"future.{name}_low": low, f"future.{name}_high": high}
    return found
