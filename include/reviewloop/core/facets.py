"""Facets: the groups of customers that the bias and drift checks look at, one by one."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

NO_VALUE: Final = "(none)"
"""The group of the rows whose facet value is missing."""
JOIN: Final = " × "
"""Between the two names of a pair of facets, and between their values."""
MISSING: Final = "(missing)"
"""How an absent facet value is shown; it is a category like any other, so that a sudden gap counts as drift."""


def age_band(age: int, lower_edges: Sequence[int]) -> str:
    """The band of one age in years: ``30-39`` between two edges, ``60+`` from the last, ``under 18`` below the first (18)."""
    return _labels(lower_edges)[int(np.searchsorted(list(lower_edges), age, side="right"))]


def age_bands(ages: "pd.Series[int]", lower_edges: Sequence[int]) -> "pd.Series[str]":
    """``age_band`` of every age of a column without missing values; same index, pandas ``string``."""
    return bands(ages, lower_edges).rename("age_band")


def bands(numbers: "pd.Series[int]", lower_edges: Sequence[int]) -> "pd.Series[str]":
    """The band of every whole number, named as in ``age_band``; one edge is a threshold. Same index and name, ``string``."""
    labels = np.array(_labels(lower_edges), dtype=object)
    found = labels[np.searchsorted(list(lower_edges), numbers.to_numpy(), side="right")]
    return pd.Series(found, index=numbers.index, name=numbers.name, dtype="string")


def _labels(lower_edges: Sequence[int]) -> list[str]:
    edges = list(lower_edges)
    if not edges or edges != sorted(set(edges)):
        raise ValueError(f"lower_edges: {edges} must be rising whole numbers, at least one")
    between = [f"{low}-{high - 1}" if high - 1 > low else f"{low}" for low, high in pairwise(edges)]
    return [f"under {edges[0]}", *between, f"{edges[-1]}+"]
