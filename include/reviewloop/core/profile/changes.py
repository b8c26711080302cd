"""What changed since the snapshot before: how many rows came, and whether they look like those that were there.

Counts are kept in fixed bins, so that any two snapshots compare. A snapshot holds its predecessor unless a day was corrected:
then what came is the difference of the counts, and it is compared with what was there; otherwise all is compared with all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from reviewloop.config import Contract
from reviewloop.core.dataset.splits import SEALED
from reviewloop.core.profile.columns import category
from reviewloop.core.statistics.keywords import Keyword, count_words, keywords

_WORDS_WIDTH: Final = 10
_EXPLAINED: Final = 3
_Z: Final = 3.09
"""Of the 99.9 % quantile of the normal distribution: about ten columns are looked at, and none should cry by luck."""


@dataclass(frozen=True)
class Shape:
    """What the next profile compares itself with. ``counts`` are rows by column and bin."""

    snapshot: str
    last_day: str
    num_rows: int
    counts: dict[str, dict[str, int]]
    words: dict[str, int]
    """How many texts outside the sealed test part have each word."""


@dataclass(frozen=True)
class Change:
    """One column: the Jensen-Shannon distance (base 2, in [0, 1]) and how far luck alone would take it, once in 1,000 times."""

    column: str
    distance: float
    by_chance: float
    biggest: tuple[tuple[str, float, float], ...]
    """The bins that moved most: name, share before, share in what came."""

    @property
    def moved(self) -> bool:
        """Whether the distance is more than luck."""
        return self.distance > self.by_chance


@dataclass(frozen=True)
class Changes:
    """One snapshot against the one before. ``compared`` says which rows stand against those before."""

    before: str
    before_day: str
    num_before: int
    num_now: int
    compared: Literal["added rows", "all rows"]
    num_compared: int
    columns: tuple[Change, ...]
    """The farthest beyond chance first."""
    words_more: tuple[Keyword, ...]
    words_less: tuple[Keyword, ...]


def shape(rows: pd.DataFrame, contract: Contract, snapshot: str) -> Shape:
    """The shape of ``rows`` (as ``profile_columns.described`` makes them) under the snapshot's digest."""
    facets = contract.facets.values()
    named = ["rating", *(["recommended"] if "recommended" in contract else []), *(one.field for one in facets if not one.bands)]
    columns = {name: category(rows[name]) for name in ("sentiment", *named)}
    columns |= {one.field: _binned(rows[one.field], _width(one.bands)) for one in facets if one.bands}
    columns["num_words"] = _binned(rows["num_words"], _WORDS_WIDTH)
    columns["title"] = rows["title"].notna().map({True: "has a title", False: "has none"})
    if "positive_feedback" in contract:
        columns["positive_feedback"] = rows["positive_feedback"].map(lambda count: str(count) if count < 5 else "5 or more")
    return Shape(
        snapshot=snapshot,
        last_day=str(rows["day"].max()),
        num_rows=len(rows),
        counts={
            name: {str(value): int(n) for value, n in column.value_counts().sort_index().items()}
            for name, column in columns.items()
        },
        words=dict(sorted(count_words(rows.loc[~rows["part"].isin(SEALED), "text"]).items())),
    )


def _width(bands: Sequence[int]) -> int:
    """Half the narrowest band, so that a shift inside a band shows; a lone edge is a threshold, and its own bin."""
    return max(min((high - low for low, high in pairwise(bands)), default=2 * abs(bands[0])) // 2, 1)


def _binned(numbers: "pd.Series[int]", width: int) -> "pd.Series[str]":
    low = numbers // width * width
    return low.map(lambda edge: f"{edge}-{edge + width - 1}" if width > 1 else f"{edge}")


def shape_from_json(value: Mapping[str, Any]) -> Shape:
    """A kept shape."""
    return Shape(**value)


def js_distance(first: Mapping[str, int], second: Mapping[str, int]) -> float:
    """Jensen-Shannon distance: the root of the divergence in bits (Endres and Schindelin 2003). Neither may be empty."""
    names = sorted({*first, *second})
    p, q = (np.array([side.get(name, 0) for name in names]) / sum(side.values()) for side in (first, second))
    middle = (p + q) / 2
    bits = sum(0.5 * float((side[side > 0] * np.log2(side[side > 0] / middle[side > 0])).sum()) for side in (p, q))
    return float(np.sqrt(max(bits, 0.0)))


def chance_distance(num_bins: int, num_first: int, num_second: int) -> float:
    """The 99.9 % quantile of ``js_distance`` between two samples of one population.

    The divergence is close to an eighth of a chi-square statistic, in nats (Lin 1991); the statistic's quantile is by Wilson
    and Hilferty 1931. At most 1; 0 for a single bin.
    """
    freedom = num_bins - 1
    if freedom == 0:
        return 0.0
    quantile = freedom * (1 - 2 / (9 * freedom) + _Z * np.sqrt(2 / (9 * freedom))) ** 3
    return float(min(np.sqrt(quantile / (8 * np.log(2)) * (1 / num_first + 1 / num_second)), 1.0))


def changes(before: Shape, now: Shape, num_top: int, prior_words: float) -> Changes:
    """``now`` against ``before``; columns that only one of them knows are left out."""
    names = [name for name in now.counts if name in before.counts]
    added = {name: _minus(now.counts[name], before.counts[name]) for name in names}
    words_added = _minus(now.words, before.words)
    grown = now.num_rows > before.num_rows and all(min(part.values(), default=0) >= 0 for part in [*added.values(), words_added])
    compared = added if grown else now.counts
    words = words_added if grown else now.words
    found = [_change(name, before.counts[name], compared[name]) for name in names]
    return Changes(
        before=before.snapshot,
        before_day=before.last_day,
        num_before=before.num_rows,
        num_now=now.num_rows,
        compared="added rows" if grown else "all rows",
        num_compared=now.num_rows - before.num_rows if grown else now.num_rows,
        columns=tuple(sorted(found, key=lambda change: (change.by_chance - change.distance, change.column))),
        words_more=keywords(words, before.words, num_top, prior_words),
        words_less=keywords(before.words, words, num_top, prior_words),
    )


def _minus(now: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    left = {name: now.get(name, 0) - before.get(name, 0) for name in {*now, *before}}
    return {name: count for name, count in left.items() if count}


def _change(column: str, before: Mapping[str, int], came: Mapping[str, int]) -> Change:
    num_before, num_came = sum(before.values()), sum(came.values())
    names = sorted({*before, *came})
    shares = [(name, before.get(name, 0) / num_before, came.get(name, 0) / num_came) for name in names]
    biggest = sorted(shares, key=lambda line: (-abs(line[2] - line[1]), line[0]))[:_EXPLAINED]
    return Change(column, js_distance(before, came), chance_distance(len(names), num_before, num_came), tuple(biggest))
