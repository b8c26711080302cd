"""Each column of the curated reviews by itself: how complete, how many values, which ones, how spread."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from reviewloop.config import MODEL_INPUTS, Contract
from reviewloop.core.dataset.splits import part_of
from reviewloop.core.facets import MISSING
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.core.texts import text_digest

Kind = Literal["number", "category", "text"]


def kinds(contract: Contract) -> dict[str, Kind]:
    """The columns of a profile, in the order they are shown: the stars, numbers, categories, texts.

    ``num_words`` is ours, the others are delivered. The id of a review is none of them: every row has its own.
    """
    numbers = [name for name in contract.integers if name != "rating"]
    strings = [column.field for column in contract.columns if column.type == "string" and column.field not in MODEL_INPUTS]
    found: dict[str, Kind] = dict.fromkeys(["rating", *numbers, "num_words"], "number")
    found |= dict.fromkeys([*strings, *(["product_id"] if "product_id" in contract else [])], "category")
    return found | dict.fromkeys(MODEL_INPUTS, "text")


@dataclass(frozen=True)
class Spread:
    """Five quantiles and the mean of a number column."""

    low: float
    quarter: float
    median: float
    three_quarters: float
    high: float
    mean: float


@dataclass(frozen=True)
class ColumnProfile:
    """One column. ``top`` are its most frequent values as text, with their rows; ``spread`` is a number column's."""

    name: str
    kind: Kind
    num_missing: int
    num_distinct: int
    top: tuple[tuple[str, int], ...]
    spread: Spread | None


def described(curated: pd.DataFrame, validation: float, test: float, future_from: str | None = None) -> pd.DataFrame:
    """The curated rows ordered by day and review id, with what a profile counts by.

    Added: ``sentiment`` (name), ``num_words`` (of the text alone, split at white space), ``text_digest``, and the ``part``
    the text falls in, given the shares of two parts and the day that the future part begins with, if there is one. Needs ``day``
    and the columns of the contract.
    """
    rows = curated.sort_values(["day", "review_id"], kind="stable").reset_index(drop=True)
    digests = rows["text"].map(text_digest)
    parts = digests.map(lambda digest: part_of(digest, validation, test))
    if future_from is not None:
        parts = parts.mask((parts != "test") & (rows.groupby(digests)["day"].transform("min") >= future_from), "future")
    return rows.assign(
        sentiment=rows["rating"].map(lambda rating: SENTIMENTS[sentiment_of(rating)]),
        num_words=rows["text"].map(lambda text: len(text.split())).astype("int64"),
        text_digest=digests,
        part=parts,
    )


def category(column: "pd.Series[str]") -> "pd.Series[str]":
    """The column as plain text, an absent value as ``(missing)``: a category like any other."""
    return column.astype("string").fillna(MISSING).astype(object)


def profile_columns(rows: pd.DataFrame, contract: Contract, num_top: int) -> tuple[ColumnProfile, ...]:
    """Every column of ``kinds``, its ``num_top`` most frequent values (ties in the order of the text)."""
    return tuple(_profile(name, kind, rows[name], num_top) for name, kind in kinds(contract).items())


def _profile(name: str, kind: Kind, column: "pd.Series[str]", num_top: int) -> ColumnProfile:
    counts = column.dropna().astype(str).value_counts()
    top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:num_top]
    return ColumnProfile(
        name=name,
        kind=kind,
        num_missing=int(column.isna().sum()),
        num_distinct=len(counts),
        top=tuple((str(value), int(count)) for value, count in top),
        spread=_spread(column.dropna().to_numpy(dtype=float)) if kind == "number" else None,
    )


def _spread(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Spread:
    low, quarter, median, three_quarters, high = (float(value) for value in np.quantile(values, [0, 0.25, 0.5, 0.75, 1]))
    return Spread(low, quarter, median, three_quarters, high, float(values.mean()))


@dataclass(frozen=True)
class Crossing:
    """One value of a facet: its rows, and the share of each sentiment among them, in the order of ``SENTIMENTS``."""

    facet: str
    value: str
    num_rows: int
    shares: tuple[float, float, float]


def crossings(facets: "dict[str, pd.Series[str]]", sentiment: "pd.Series[str]") -> tuple[Crossing, ...]:
    """Sentiment by every value of every facet, the most negative value of a facet first."""
    found: list[Crossing] = []
    for facet, values in facets.items():
        table = pd.crosstab(category(values).to_numpy(), sentiment.to_numpy()).reindex(columns=list(SENTIMENTS), fill_value=0)
        lines = [_crossing(facet, str(value), counts.tolist()) for value, counts in table.iterrows()]
        found += sorted(lines, key=lambda line: (-line.shares[0], line.value))
    return tuple(found)


def _crossing(facet: str, value: str, counts: Sequence[int]) -> Crossing:
    total = sum(counts)
    negative, neutral, positive = (count / total for count in counts)
    return Crossing(facet, value, total, (negative, neutral, positive))
