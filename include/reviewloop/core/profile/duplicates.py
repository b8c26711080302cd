"""Texts that came twice, and texts that are nearly the same (see ``shingles``); beyond ``max_texts`` a fixed sample is compared."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.core.dataset.shingles import near_pairs
from reviewloop.core.dataset.splits import SEALED, fraction

_NUM_EXAMPLES: Final = 5


@dataclass(frozen=True)
class Pair:
    """Two texts that are nearly the same, as they were written, and what became of them."""

    similarity: float
    first: str
    second: str
    sentiments: tuple[str, str]
    review_ids: tuple[int, int]


@dataclass(frozen=True)
class Duplicates:
    """What repeats among the reviews."""

    num_repeated: int
    """Rows whose text (but for case, punctuation and white space) an earlier row has; training leaves them out."""
    num_conflicts: int
    """Texts that came with more than one sentiment."""
    num_compared: int
    """Distinct texts compared with each other for being nearly the same, and ..."""
    num_distinct: int
    """... how many there are."""
    num_near: int
    """Pairs that are nearly the same ..."""
    num_near_conflicts: int
    """... with different sentiments, and ..."""
    num_near_across: int
    """... with one text in the sealed test part and the other not: what is marked was nearly seen in training."""
    examples: tuple[Pair, ...]
    """The closest pairs that are not of the sealed part."""


def find_duplicates(rows: pd.DataFrame, min_jaccard: float, max_texts: int) -> Duplicates:
    """Repeats among ``rows`` (columns ``review_id``, ``text``, ``text_digest``, ``sentiment``, ``part``, earliest row first)."""
    distinct = rows.drop_duplicates("text_digest").reset_index(drop=True)
    compared = distinct
    if len(distinct) > max_texts:  # by hash, so that the next snapshot compares the same texts
        places = np.argsort([fraction(digest, "near-duplicates") for digest in distinct["text_digest"]], kind="stable")
        compared = distinct.iloc[np.sort(places[:max_texts])].reset_index(drop=True)
    sentiments, sealed = compared["sentiment"].to_numpy(), compared["part"].isin(SEALED).to_numpy()
    num_near = num_conflicts = num_across = 0
    closest: list[tuple[float, int, int]] = []  # of pairs outside the sealed part: similarity, negated, and both places
    for first, second, similarity in near_pairs(compared["text"].tolist(), min_jaccard):
        num_near += len(first)
        num_conflicts += int((sentiments[first] != sentiments[second]).sum())
        num_across += int((sealed[first] != sealed[second]).sum())
        shown = np.flatnonzero(~sealed[first] & ~sealed[second])
        shown = shown[np.lexsort((second[shown], first[shown], -similarity[shown]))[:_NUM_EXAMPLES]]
        found = zip((-similarity[shown]).tolist(), first[shown].tolist(), second[shown].tolist(), strict=True)
        closest = sorted([*closest, *found])[:_NUM_EXAMPLES]
    return Duplicates(
        num_repeated=len(rows) - len(distinct),
        num_conflicts=int((rows.groupby("text_digest")["sentiment"].nunique() > 1).sum()),
        num_compared=len(compared),
        num_distinct=len(distinct),
        num_near=num_near,
        num_near_conflicts=num_conflicts,
        num_near_across=num_across,
        examples=tuple(_pair(compared, a, b, -negated) for negated, a, b in closest),
    )


def _pair(rows: pd.DataFrame, first: int, second: int, similarity: float) -> Pair:
    a, b = rows.iloc[first], rows.iloc[second]
    return Pair(
        similarity, str(a["text"]), str(b["text"]), (str(a["sentiment"]), str(b["sentiment"])),
        (int(a["review_id"]), int(b["review_id"])),
    )  # fmt: skip
