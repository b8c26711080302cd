"""One model's metrics on one labelled set: the headline, the slices, and how sure they are."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.config import Contract, EvaluationConfig
from reviewloop.core.dataset.provenance import PROVENANCE
from reviewloop.core.dataset.snapshots import NEEDED
from reviewloop.core.evaluation.degenerate import ANSWERED, degenerate_metrics
from reviewloop.core.evaluation.reliability import reliability
from reviewloop.core.evaluation.slices import measure_slices
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.bootstrap import count_intervals
from reviewloop.core.statistics.metrics import classification_metrics, confusion
from reviewloop.core.statistics.row_bootstrap import row_intervals
from reviewloop.errors import PermanentError

PROBABILITIES: Final = tuple(f"p_{sentiment}" for sentiment in SENTIMENTS)
_NOT_KEPT: Final = ("text_digest", *PROVENANCE, "prediction", *PROBABILITIES, ANSWERED)


def with_predictions(reviews: pd.DataFrame, probabilities: npt.NDArray[Any]) -> pd.DataFrame:
    """The reviews with ``prediction`` (class id), ``p_negative``, ``p_neutral``, ``p_positive`` and ``answered``; same order.

    A row whose probabilities are not all finite numbers is not ``answered``: it counts as one that knows nothing (a third for
    each class, hence class 0), so that a broken model can be marked, shown and refused by the gate on ``num_not_finite``.
    Raises ``PermanentError`` unless there is one row of probabilities for each review and one column for each class, and
    where the reviews lack a column.
    """
    if probabilities.shape != (len(reviews), len(SENTIMENTS)):
        raise PermanentError(f"{probabilities.shape} probabilities for {len(reviews)} reviews and {len(SENTIMENTS)} classes")
    if absent := [name for name in NEEDED if name not in reviews.columns]:
        raise PermanentError(f"the reviews have no column {', '.join(absent)}: build the features again")
    answered = np.isfinite(probabilities).all(axis=1)
    numbers = np.where(answered[:, np.newaxis], probabilities, 1 / len(SENTIMENTS)).astype(np.float64)
    frame = reviews[[name for name in reviews.columns if name not in _NOT_KEPT]].reset_index(drop=True)
    frame["prediction"] = numbers.argmax(axis=1).astype(np.int64)
    for place, name in enumerate(PROBABILITIES):
        frame[name] = numbers[:, place]
    return frame.assign(**{ANSWERED: answered})


def evaluation(
    predicted: pd.DataFrame, contract: Contract, num_resamples: int, seed: int, config: EvaluationConfig
) -> dict[str, Any]:
    """The report on ``predicted`` (see ``with_predictions``), ready for JSON but for NaN in ``metrics``.

    ``metrics`` by flat name, each mark with its 95 % interval as ``<name>_low`` and ``<name>_high``; ``confusion``;
    ``reliability`` (see ``core.evaluation.reliability``); ``slices`` and ``slice_pairs`` by facet; ``slices_worse``, the
    slices that are worse than the rest, in words. Raises ``ValueError`` without rows.
    """
    labels, probabilities = predicted["label"], predicted[list(PROBABILITIES)].to_numpy()
    intervals = count_intervals(labels, predicted["prediction"], num_resamples, seed)
    intervals |= row_intervals(labels, probabilities, num_resamples, seed)
    slices = measure_slices(predicted, contract, config, seed)
    metrics = classification_metrics(labels, probabilities) | degenerate_metrics(predicted) | slices.metrics()
    for name, (low, high) in intervals.items():
        metrics |= {f"{name}_low": low, f"{name}_high": high}
    return {
        "metrics": metrics,
        "confusion": confusion(labels, predicted["prediction"]).tolist(),
        "reliability": reliability(labels, probabilities),
        "slices": slices.singles,
        "slice_pairs": slices.pairs,
        "slices_worse": slices.worse(),
    }


def to_json(metrics: Mapping[str, float]) -> dict[str, float | None]:
    """The metrics for JSON, which has no NaN: null stands for it."""
    return {key: None if np.isnan(value) else float(value) for key, value in metrics.items()}


def from_json(metrics: Mapping[str, float | None]) -> dict[str, float]:
    """The inverse of ``to_json``."""
    return {key: float("nan") if value is None else float(value) for key, value in metrics.items()}
