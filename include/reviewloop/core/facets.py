"""Facets: the groups of customers that the bias and drift checks look at, one by one."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.config import Contract
from reviewloop.errors import PermanentError

NO_VALUE: Final = "(none)"
"""The group of the rows whose facet value is missing."""
JOIN: Final = " × "
"""Between the two names of a pair of facets, and between their values."""
MISSING: Final = "(missing)"
"""How an absent facet value is shown; it is a category like any other, so that a sudden gap counts as drift."""


def facet_values(reviews: pd.DataFrame, contract: Contract) -> dict[str, "pd.Series[str]"]:
    """Every facet of the contract by name, in its order: text as it is, perhaps missing, and numbers as their bands.

    Raises ``PermanentError`` naming the columns that ``reviews`` lack: they were made under another contract.
    """
    facets = contract.facets
    if absent := [column.field for column in facets.values() if column.field not in reviews.columns]:
        raise PermanentError(
            f"the reviews have no column {', '.join(absent)}, which the contract {contract.name} has as a facet: "
            "they were made under another contract; build the features, and train, again"
        )
    return {
        name: bands(reviews[column.field], column.bands) if column.bands else reviews[column.field]
        for name, column in facets.items()
    }


def bands(numbers: "pd.Series[int]", lower_edges: Sequence[int]) -> "pd.Series[str]":
    """The band of every whole number: ``30-39`` between two edges, ``60+`` from the last, ``under 18`` below the first (18).

    One edge is a threshold. Same index and name, pandas ``string``.
    """
    labels = np.array(_labels(lower_edges), dtype=object)
    found = labels[np.searchsorted(list(lower_edges), numbers.to_numpy(), side="right")]
    return pd.Series(found, index=numbers.index, name=numbers.name, dtype="string")


def _labels(lower_edges: Sequence[int]) -> list[str]:
    edges = list(lower_edges)
    if not edges or edges != sorted(set(edges)):
        raise ValueError(f"lower_edges: {edges} must be rising whole numbers, at least one")
    between = [f"{low}-{high - 1}" if high - 1 > low else f"{low}" for low, high in pairwise(edges)]
    return [f"under {edges[0]}", *between, f"{edges[-1]}+"]
