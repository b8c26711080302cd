"""From what Athena counted to the counts of one look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.core.facets import NO_VALUE
from reviewloop.core.products.tree import Tree, tree_of
from reviewloop.core.products.watch import ANSWERED, MEASURES, RATED, Counts

BEFORE: Final = "before"
"""The day of all days before the last ones, as the statements call it."""
_BACKFILL: Final = 0.5
"""A day that holds more than this share of all reviews is a shop's past, delivered at once: it says nothing of that day."""
_SUMS: Final[Mapping[str, tuple[str, str]]] = {
    "rated": ("num_rated", "rated_complaints"), "answered": ("num_answered", "answered_complaints"),
    "unrated": ("num_unrated", "unrated_complaints"),
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """The shop as one look sees it: ``days`` are the last ones that anything was said on, the latest last."""

    tree: Tree
    counts: Mapping[str, Counts]
    days: tuple[str, ...]
    by_day: Mapping[str, Mapping[str, tuple[int, int]]]
    """Product -> day -> complaints and reviews, by the measures that count for the last days."""
    num_unnamed: int
    """Answers of the endpoint in the last days whose product nobody said."""


def look_of(delivered: pd.DataFrame, captured: pd.DataFrame, levels: Sequence[str], day: str) -> Look:
    """``delivered`` as ``product_counts.sql`` tells it, ``captured`` as ``product_captures.sql``; ``day`` is the one looked at.

    A captured product is in the groups that deliveries put it in. Rows of a missing product belong to nobody.
    """
    product = levels[-1]
    delivered = _named(delivered, levels, product)
    num_unnamed = int(captured.loc[captured["product"].isna() & (captured["day"] != BEFORE), "num_answered"].sum())
    captured = _grouped(captured[captured["product"].notna()], delivered, levels)
    rows = pd.concat([part for part in (delivered, captured) if len(part)], ignore_index=True) if len(captured) else delivered
    sums = [name for pair in _SUMS.values() for name in pair]
    rows[sums] = rows[sums].fillna(0).astype("int64")
    rows["reviews"] = rows[["num_rated", "num_answered"]].max(axis=1)
    rows.loc[rows["day"].isin(_backfilled(rows, day)), "day"] = BEFORE
    tree = tree_of(rows, levels)
    place = {path[-1]: at for at, path in enumerate(tree.paths[-1])}
    at, is_now = rows[product].map(place).to_numpy(dtype=np.int64), (rows["day"] != BEFORE).to_numpy()

    def summed(name: str, which: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        return np.bincount(at[which], weights=rows[name].to_numpy()[which], minlength=len(place)).astype(np.int64)

    def counted(now: str, before: str) -> Counts:
        (reviews, complaints), (reviews_before, complaints_before) = _SUMS[now], _SUMS[before]
        return Counts(
            summed(complaints, is_now), summed(reviews, is_now), summed(complaints_before, ~is_now), summed(reviews_before, ~is_now)
        )

    counts = dict(zip(MEASURES, (counted("rated", "rated"), counted("unrated", "answered")), strict=True))
    last = rows[is_now]
    sums_of_day = last.assign(
        n=last["num_rated"] + last["num_unrated"], k=last["rated_complaints"] + last["unrated_complaints"]
    ).groupby([product, "day"])[["k", "n"]].sum()  # fmt: skip
    by_day: dict[str, dict[str, tuple[int, int]]] = {}
    for (name, when), (k, n) in zip(sums_of_day.index, sums_of_day.to_numpy().tolist(), strict=True):
        by_day.setdefault(name, {})[when] = (k, n)
    return Look(tree, counts, tuple(sorted(last["day"].unique())), by_day, num_unnamed)


def num_reviews(look: Look) -> int:
    """Of the last days."""
    return int(look.counts[RATED].reviews.sum() + look.counts[ANSWERED].reviews.sum())


def _named(delivered: pd.DataFrame, levels: Sequence[str], product: str) -> pd.DataFrame:
    rows = delivered[delivered[product].notna()].copy()
    for name in levels:
        rows[name] = rows[name].astype("string").fillna(NO_VALUE)
    return rows


def _grouped(captured: pd.DataFrame, delivered: pd.DataFrame, levels: Sequence[str]) -> pd.DataFrame:
    """Captured rows in the columns of delivered ones: never rated, and in the groups of their product."""
    rows = captured.rename(columns={"product": levels[-1]})
    rows[levels[-1]] = rows[levels[-1]].astype("string")
    rows["num_unrated"], rows["unrated_complaints"] = rows["num_answered"], rows["answered_complaints"]
    if len(levels) == 1:
        return rows
    known = delivered.sort_values("num_rated", ascending=False).drop_duplicates(levels[-1])[list(levels)]
    rows = rows.merge(known, on=levels[-1], how="left")
    rows[list(levels[:-1])] = rows[list(levels[:-1])].fillna(NO_VALUE)
    return rows


def _backfilled(rows: pd.DataFrame, day: str) -> list[str]:
    sums = rows.groupby("day")["reviews"].sum()
    return [str(one) for one, num in sums.items() if one not in (BEFORE, day) and num > _BACKFILL * sums.sum()]
