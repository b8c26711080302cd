"""Texts that are nearly the same.

Two texts are near-duplicates when their sets of three-word shingles have a Jaccard similarity (shared over all) of at least a
given one: Broder, "On the resemblance and containment of documents", 1997. The similarity is exact, by sparse products of
one block of texts at a time with all others, so that memory stays bounded, also when thousands of texts come from one template.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reviewloop.core.texts import normalise

Places = NDArray[np.int64]
Matches = tuple[Places, Places, NDArray[np.float64]]
"""Three arrays of one length: first places, second places, similarities."""

_SHINGLE_WORDS: Final = 3
_BLOCK: Final = 256


def near_pairs(texts: Sequence[str], min_jaccard: float) -> Iterator[Matches]:
    """Pairs of places, the first smaller, whose shingle sets have a Jaccard similarity of at least ``min_jaccard`` (> 0).

    Block by block. A text of fewer than three words has no shingle and is near to none.
    """
    sets = _shingle_sets(texts)
    for first, second, similarity in _near(sets, sets, min_jaccard):
        once = first < second
        yield first[once], second[once], similarity[once]


def near_matches(texts: Sequence[str], others: Sequence[str], min_jaccard: float) -> Iterator[Matches]:
    """The same between two lists: first places are those of ``texts``, second places those of ``others``."""
    sets = _shingle_sets([*texts, *others])
    if sets is not None:
        yield from _near(sets[: len(texts)], sets[len(texts) :], min_jaccard)


def _shingle_sets(texts: Sequence[str]) -> Any:
    """A sparse matrix with a row of ones a text; ``None`` where no text has a shingle."""
    from sklearn.feature_extraction.text import CountVectorizer

    shingles = CountVectorizer(
        preprocessor=normalise, tokenizer=str.split, token_pattern=None, ngram_range=(_SHINGLE_WORDS, _SHINGLE_WORDS), binary=True,
        dtype=np.int32,
    )  # fmt: skip
    try:
        return shingles.fit_transform(texts).tocsr()
    except ValueError:  # no text has a shingle: scikit-learn calls that an empty vocabulary
        return None


def _near(sets: Any, others: Any, min_jaccard: float) -> Iterator[Matches]:
    if sets is None:
        return
    sizes, other_sizes = (np.asarray(one.sum(axis=1)).ravel() for one in (sets, others))
    transposed = others.T.tocsr()
    for start in range(0, sets.shape[0], _BLOCK):
        shared = (sets[start : start + _BLOCK] @ transposed).tocoo()
        first, second = shared.row + start, shared.col
        similarity = shared.data / (sizes[first] + other_sizes[second] - shared.data)
        near = similarity >= min_jaccard
        yield first[near], second[near], similarity[near]
