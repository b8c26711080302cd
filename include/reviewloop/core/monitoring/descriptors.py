"""What the monitor compares: a few plain numbers and facets that describe each scored review."""

from collections.abc import Collection
from typing import Final

import pandas as pd

from reviewloop.config import Contract
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.facets import MISSING, bands
from reviewloop.core.texts import words

NUMBERS: Final = ("text_length", "unknown_word_share")
"""Described as numbers, of every dataset."""
TITLE: Final = "title"
GIVEN: Final = "(given)"
"""What ``TITLE`` says of a review that has one."""


def text_length(text: str) -> int:
    """Number of words the model reads."""
    return len(words(text))


def unknown_word_share(text: str, vocabulary: Collection[str]) -> float:
    """Share, in [0, 1], of the words that the training part does not know; 0 for a text without words."""
    found = words(text)
    return sum(word not in vocabulary for word in found) / len(found) if found else 0.0


def describe(frame: pd.DataFrame, vocabulary: Collection[str], contract: Contract) -> pd.DataFrame:
    """One row for each row of ``frame`` (title, text, and the columns of the facets), in its order; ``vocabulary`` is best a set.

    ``NUMBERS`` are floats; ``TITLE`` and the facets are text, where nothing is given ``MISSING``. A facet whose column ``frame``
    lacks is not described, and what should be a number and is none counts as missing: ``oddities`` names both.
    """
    rows = frame.reset_index(drop=True)
    texts = model_texts(rows)
    described: dict[str, pd.Series] = {
        "text_length": pd.Series([text_length(text) for text in texts], dtype="float64"),
        "unknown_word_share": pd.Series([unknown_word_share(text, vocabulary) for text in texts], dtype="float64"),
    }
    if TITLE in contract:
        described[TITLE] = rows["title"].notna().map({True: GIVEN, False: MISSING}).astype(object)
    for name, column in contract.facets.items():
        if column.field not in rows.columns:
            continue
        values = rows[column.field]
        if column.bands:
            numbers = pd.to_numeric(values, errors="coerce")
            values = bands(numbers.fillna(0), column.bands).where(numbers.notna())
        described[name] = values.map(str, na_action="ignore").astype(object).where(values.notna(), MISSING)
    return pd.DataFrame(described)


def oddities(frame: pd.DataFrame, contract: Contract, whose: str) -> dict[str, str]:
    """What about a facet's column is not as the contract says, by facet, in words: it is not there, or holds no numbers."""
    found = {}
    for name, column in contract.facets.items():
        if column.field not in frame.columns:
            found[name] = f"{whose} has no column {column.field}, which the contract {contract.name} has as a facet"
        elif column.bands:
            values = frame[column.field]
            num_odd = int((values.notna() & pd.to_numeric(values, errors="coerce").isna()).sum())
            if num_odd:
                found[name] = f"{num_odd} values of {column.field} in {whose} are no numbers ({values.dtype}) and count as missing"
        elif not all(isinstance(value, str) for value in frame[column.field].dropna()):
            found[name] = f"values of {column.field} in {whose} are no text ({frame[column.field].dtype})"
    return found
