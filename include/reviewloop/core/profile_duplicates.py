"""Texts that came twice, and texts that are nearly the same.

Two texts are near-duplicates when their sets of three-word shingles have a Jaccard similarity (shared over all) of at least a
given one: Broder, "On the resemblance and containment of documents", 1997. The similarity is exact, by sparse products of
one block of texts at a time with all others, so that memory stays bounded, also when thousands of texts come from one
template; beyond ``max_texts`` a fixed sample is compared.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.core.splits import fraction
from reviewloop.core.texts import normalise

Places = NDArray[np.int64]

_SHINGLE_WORDS: Final = 3
_BLOCK: Final = 256
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
    sentiments, sealed = compared["sentiment"].to_numpy(), (compared["part"] == "test").to_numpy()
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


def near_pairs(texts: Sequence[str], min_jaccard: float) -> Iterator[tuple[Places, Places, NDArray[np.float64]]]:
    """Pairs of places, the first smaller, whose shingle sets have a Jaccard similarity of at least ``min_jaccard`` (> 0).

    Block by block, as three arrays of one length: first places, second places, similarities. A text of fewer than three words
    has no shingle and is near to none.
    """
    from sklearn.feature_extraction.text import CountVectorizer

    shingles = CountVectorizer(
        preprocessor=normalise, tokenizer=str.split, token_pattern=None, ngram_range=(_SHINGLE_WORDS, _SHINGLE_WORDS), binary=True,
        dtype=np.int32,
    )  # fmt: skip
    try:
        sets = shingles.fit_transform(texts).tocsr()
    except ValueError:  # no text has a shingle: scikit-learn calls that an empty vocabulary
        return
    sizes = np.asarray(sets.sum(axis=1)).ravel()
    transposed = sets.T.tocsr()
    for start in range(0, len(texts), _BLOCK):
        shared = (sets[start : start + _BLOCK] @ transposed).tocoo()
        first, second = shared.row + start, shared.col
        similarity = shared.data / (sizes[first] + sizes[second] - shared.data)
        near = (similarity >= min_jaccard) & (first < second)
        yield first[near], second[near], similarity[near]


def _pair(rows: pd.DataFrame, first: int, second: int, similarity: float) -> Pair:
    a, b = rows.iloc[first], rows.iloc[second]
    return Pair(
        similarity, str(a["text"]), str(b["text"]), (str(a["sentiment"]), str(b["sentiment"])),
        (int(a["review_id"]), int(b["review_id"])),
    )  # fmt: skip
