"""One model's marks on one labelled set: the headline, the slices, and how sure they are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.core.bootstrap import macro_f1_interval
from reviewloop.core.metrics import confusion, marks
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.slices import facets, slice_marks, worst
from reviewloop.core.texts import text_digest
from reviewloop.errors import PermanentError

KEPT: Final = ("review_id", "day", "title", "text", "department", "division", "class_name", "age", "rating", "label")
PROBABILITIES: Final = tuple(f"p_{sentiment}" for sentiment in SENTIMENTS)


def with_predictions(reviews: pd.DataFrame, probabilities: npt.NDArray[Any]) -> pd.DataFrame:
    """The reviews with ``prediction`` (class id) and ``p_negative``, ``p_neutral``, ``p_positive``; same order.

    Raises ``PermanentError`` unless there is one finite probability for each review and class.
    """
    if probabilities.shape != (len(reviews), len(SENTIMENTS)) or not np.isfinite(probabilities).all():
        raise PermanentError(f"{probabilities.shape} probabilities for {len(reviews)} reviews, or some that are not numbers")
    frame = reviews[list(KEPT)].reset_index(drop=True)
    frame["prediction"] = probabilities.argmax(axis=1).astype(np.int64)
    for place, name in enumerate(PROBABILITIES):
        frame[name] = probabilities[:, place].astype(np.float64)
    return frame


def evaluation(predicted: pd.DataFrame, age_edges: Sequence[int], num_resamples: int, seed: int) -> dict[str, Any]:
    """The report on ``predicted`` (see ``with_predictions``): ``metrics`` by flat name, ``confusion``, ``slices`` by facet."""
    metrics = marks(predicted["label"], predicted[list(PROBABILITIES)].to_numpy())
    low, high = macro_f1_interval(predicted["label"], predicted["prediction"], num_resamples, seed)
    metrics |= {"macro_f1_low": low, "macro_f1_high": high}
    slices = {}
    for name, facet in facets(predicted, age_edges).items():
        slices[str(name)] = slice_marks(predicted["label"], predicted["prediction"], facet)
        metrics |= {f"slices.{name}.{key}": value for key, value in worst(slices[str(name)]).items()}
    return {
        "metrics": metrics,
        "confusion": confusion(predicted["label"], predicted["prediction"]).tolist(),
        "slices": slices,
    }


def num_shared_texts(sealed: Iterable[str], *others: Iterable[str]) -> int:
    """How many texts of the sealed part occur in another part, however written. Counted from the texts, not from stored digests."""
    known = {text_digest(text) for part in others for text in part}
    return len({text_digest(text) for text in sealed} & known)


def to_json(metrics: Mapping[str, float]) -> dict[str, float | None]:
    """The metrics for JSON, which has no NaN: null stands for it."""
    return {key: None if np.isnan(value) else float(value) for key, value in metrics.items()}


def from_json(metrics: Mapping[str, float | None]) -> dict[str, float]:
    """The inverse of ``to_json``."""
    return {key: float("nan") if value is None else float(value) for key, value in metrics.items()}
