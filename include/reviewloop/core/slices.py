"""The marks of parts of the test set: a good average may hide a department that the model fails."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, TypedDict

import numpy as np
import pandas as pd

from reviewloop.core.facets import age_bands
from reviewloop.core.metrics import accuracy, confusion, f1
from reviewloop.core.texts import words

MIN_ROWS: Final = 50
"""A slice with fewer rows is shown but judges nothing: at 50 rows, accuracy 0.8 is known to within 0.11."""
LENGTH_EDGES: Final = (0, 30, 60, 90)
"""Lower edges of the text length bands, in words; the last band is open."""


class Slice(TypedDict):
    """One value of a facet. ``macro_f1`` is the mean over the classes that the slice holds."""

    value: str
    num_rows: int
    accuracy: float
    macro_f1: float


def facets(reviews: pd.DataFrame, age_edges: Sequence[int]) -> pd.DataFrame:
    """The facets of each review: ``department``, ``division``, ``age_band`` (years), ``length`` (words), ``has_title``."""
    num_words = reviews["text"].map(lambda text: len(words(text))).to_numpy()
    band = np.searchsorted(LENGTH_EDGES, num_words, side="right") - 1
    names = [f"{low}-{high - 1} words" for low, high in pairwise(LENGTH_EDGES)]
    names.append(f"{LENGTH_EDGES[-1]}+ words")
    return pd.DataFrame(
        {
            "department": reviews["department"].fillna("(none)").astype(str),
            "division": reviews["division"].fillna("(none)").astype(str),
            "age_band": age_bands(reviews["age"], age_edges).astype(str),
            "length": [names[place] for place in band],
            "has_title": np.where(reviews["title"].notna(), "with title", "without title"),
        },
        index=reviews.index,
    )


def slice_marks(labels: pd.Series, predictions: pd.Series, facet: pd.Series) -> list[Slice]:
    """The marks of every value of one facet, largest slice first."""
    frame = pd.DataFrame({"label": labels.to_numpy(), "prediction": predictions.to_numpy(), "value": facet.to_numpy()})
    found: list[Slice] = []
    for value, rows in frame.groupby("value", sort=True):
        matrix = confusion(rows["label"], rows["prediction"])
        mean_f1 = float(np.nanmean(f1(matrix)))
        found.append({"value": str(value), "num_rows": len(rows), "accuracy": float(accuracy(matrix)), "macro_f1": mean_f1})
    return sorted(found, key=lambda one: (-one["num_rows"], one["value"]))


def worst(slices: Sequence[Slice], min_rows: int = MIN_ROWS) -> dict[str, float]:
    """``min_accuracy`` and ``min_macro_f1`` over the slices of at least ``min_rows`` rows; empty where there is none."""
    judged = [one for one in slices if one["num_rows"] >= min_rows]
    if not judged:
        return {}
    return {
        "min_accuracy": min(one["accuracy"] for one in judged),
        "min_macro_f1": min(one["macro_f1"] for one in judged),
        "num_judged": float(len(judged)),
    }
