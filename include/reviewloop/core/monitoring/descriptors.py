"""What the monitor compares: a few plain numbers and facets that describe each scored review."""

from collections.abc import Callable, Collection, Sequence
from typing import Final

import pandas as pd

from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.facets import MISSING, age_bands
from reviewloop.core.texts import words

INPUTS: Final = ("title", "text", "department", "age", "prediction")
"""Columns ``describe`` reads."""

_Column = Callable[[pd.DataFrame, Collection[str], Sequence[int]], pd.Series]


def text_length(text: str) -> int:
    """Number of words the model reads."""
    return len(words(text))


def unknown_word_share(text: str, vocabulary: Collection[str]) -> float:
    """Share, in [0, 1], of the words that the training part does not know; 0 for a text without words."""
    found = words(text)
    return sum(word not in vocabulary for word in found) / len(found) if found else 0.0


_COLUMNS: Final[dict[str, _Column]] = {
    "text_length": lambda f, _v, _a: pd.Series([text_length(t) for t in model_texts(f)], dtype="float64"),
    "unknown_word_share": lambda f, v, _a: pd.Series([unknown_word_share(t, v) for t in model_texts(f)], dtype="float64"),
    "prediction": lambda f, _v, _a: f["prediction"].astype(object),
    "department": lambda f, _v, _a: f["department"].astype(object).where(f["department"].notna(), MISSING),
    "age_band": lambda f, _v, a: age_bands(f["age"], a).astype(object),
}

DESCRIPTORS: Final = tuple(_COLUMNS)
"""Every column that the section ``monitor.columns`` of the config may name."""


def describe(frame: pd.DataFrame, vocabulary: Collection[str], age_edges: Sequence[int]) -> pd.DataFrame:
    """One row of ``DESCRIPTORS`` for each row of ``frame`` (columns ``INPUTS``; ``prediction`` holds class names).

    ``vocabulary`` is best a set. ``age_edges`` are the lower edges of the age bands, in years. Raises ``ValueError``
    naming the columns that ``frame`` lacks.
    """
    absent = [name for name in INPUTS if name not in frame.columns]
    if absent:
        raise ValueError(f"cannot describe the reviews: no column {', '.join(absent)}")
    rows = frame.reset_index(drop=True)
    return pd.DataFrame({name: column(rows, vocabulary, age_edges) for name, column in _COLUMNS.items()})
