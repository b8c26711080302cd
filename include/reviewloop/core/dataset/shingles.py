"""Texts that are nearly the same.

Two texts are near-duplicates when their sets of three-word shingles have a Jaccard similarity (shared over all) of at least a
given one: Broder, "On the resemblance and containment of documents", 1997. The similarity is exact. Which pairs are looked at is
decided by their rarest shingles: of two sets that are so alike, the rarest few of the one hold one of the rarest few of the
other (prefix filter: Chaudhuri, Ganti and Kaushik, "A primitive operator for similarity joins in data cleaning", 2006; Bayardo,
Ma and Srikant, "Scaling up all pairs similarity search", 2007). So the cost grows with the texts and with the pairs that are
found, not with all pairs that there could be; and memory stays bounded, also when thousands of texts come from one template.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, count
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reviewloop.core.texts import normalise

Places = NDArray[np.int64]
Matches = tuple[Places, Places, NDArray[np.float64]]
"""Three arrays of one length: first places, second places, similarities."""

_SHINGLE_WORDS: Final = 3
_BLOCK: Final = 8192
"""Texts whose words are held at once."""
_MAX_CANDIDATES: Final = 1_000_000
"""Pairs that are looked at together, unless one text alone has more."""
_NUM_WORDS: Final = np.uint64(2_642_245)
"""The cube of it is the most that fits into 64 bits: of up to so many different words no two shingles are one number."""
_ROUNDING: Final = 1e-9
"""What a product of floats may be too large by; a longer prefix only looks at more."""


def near_pairs(texts: Sequence[str], min_jaccard: float) -> Iterator[Matches]:
    """Pairs of places, the first smaller, whose shingle sets have a Jaccard similarity of at least ``min_jaccard`` (> 0).

    Block by block, ordered by first and second place. A text of fewer than three words has no shingle and is near to none.
    """
    for first, second, similarity in near_matches(texts, texts, min_jaccard):
        once = first < second
        yield first[once], second[once], similarity[once]


def near_matches(texts: Sequence[str], others: Sequence[str], min_jaccard: float) -> Iterator[Matches]:
    """The same between two lists: first places are those of ``texts``, second places those of ``others``."""
    ids: dict[str, int] = defaultdict(count().__next__)
    index = _Index([_Sets(others[at : at + _BLOCK], ids) for at in range(0, len(others), _BLOCK)], min_jaccard)
    for at in range(0, len(texts), _BLOCK):
        for first, second, similarity in index.near(_Sets(texts[at : at + _BLOCK], ids)):
            yield first + at, second, similarity


class _Sets:
    """The shingles of some texts as numbers, each once a text: ``shingles`` of all, one text after another, and ``sizes``."""

    def __init__(self, texts: Sequence[str], ids: dict[str, int]) -> None:
        words = [normalise(text).split() for text in texts]
        lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        flat = np.fromiter(map(ids.__getitem__, chain.from_iterable(words)), dtype=np.uint64, count=int(lengths.sum()))
        owners = np.repeat(np.arange(len(words)), lengths)
        whole = owners[: -_SHINGLE_WORDS + 1] == owners[_SHINGLE_WORDS - 1 :]
        shingles = flat[: len(whole)]
        for word in range(1, _SHINGLE_WORDS):
            shingles = shingles * _NUM_WORDS + flat[word : word + len(whole)]
        shingles, owners = shingles[whole], owners[: len(whole)][whole]
        order = np.lexsort((shingles, owners))
        shingles, owners = shingles[order], owners[order]
        is_new = np.ones(len(shingles), dtype=bool)
        is_new[1:] = (shingles[1:] != shingles[:-1]) | (owners[1:] != owners[:-1])
        self.shingles, owners = shingles[is_new], owners[is_new]
        self.sizes: Places = np.bincount(owners, minlength=len(words)).astype(np.int64)


class _Index:
    """Who has which of its rarest shingles."""

    def __init__(self, blocks: Sequence[_Sets], min_jaccard: float) -> None:
        self._min_jaccard = min_jaccard
        self._sizes = np.concatenate([np.zeros(0, dtype=np.int64), *(block.sizes for block in blocks)])
        every = np.concatenate([np.zeros(0, dtype=np.uint64), *(block.shingles for block in blocks)])
        self._known, columns, counts = np.unique(every, return_inverse=True, return_counts=True)
        self._ranks = np.empty(len(counts), dtype=np.int64)
        self._ranks[np.argsort(counts, kind="stable")] = np.arange(len(counts))
        self._rows = self._matrix(self._ranks[columns], self._sizes)
        of, ranks = self._prefixes(self._rows, self._sizes, self._sizes)
        order = np.argsort(ranks, kind="stable")
        self._holders = of[order]
        """Places of texts, those with the rarest shingle first."""
        self._starts = np.searchsorted(ranks[order], np.arange(len(counts) + 1))

    def near(self, sets: _Sets) -> Iterator[Matches]:
        """Pairs of a place in ``sets`` and one in the index."""
        if not len(self._known):
            return
        columns = np.minimum(np.searchsorted(self._known, sets.shingles), len(self._known) - 1)
        is_known = self._known[columns] == sets.shingles
        owners = np.repeat(np.arange(len(sets.sizes)), sets.sizes)
        num_known = np.bincount(owners[is_known], minlength=len(sets.sizes))
        rows = self._matrix(self._ranks[columns[is_known]], num_known)
        of, ranks = self._prefixes(rows, sets.sizes, num_known)
        num_holders = self._starts[ranks + 1] - self._starts[ranks]
        asked = np.bincount(of, weights=num_holders, minlength=len(sets.sizes)).astype(np.int64)
        for begin, end in _cuts(asked):
            lot = slice(*np.searchsorted(of, (begin, end)))
            first, second = self._candidates(of[lot], self._starts[ranks[lot]], num_holders[lot], sets.sizes)
            if len(first):
                yield self._alike(rows, first, second, sets.sizes)

    def _matrix(self, ranks: Places, sizes: Places) -> Any:
        """A sparse matrix with a row a text and ones at its shingles, the rarest first."""
        from scipy.sparse import csr_array

        starts = np.concatenate([[0], np.cumsum(sizes)])
        found = csr_array((np.ones(len(ranks), dtype=np.int32), ranks, starts), shape=(len(sizes), max(len(self._ranks), 1)))
        found.sort_indices()
        return found

    def _prefixes(self, rows: Any, sizes: Places, num_known: Places) -> tuple[Places, Places]:
        """Of each text (a row of ``rows``) its rarest shingles: its place and the shingle's rank, ordered by place.

        Of ``sizes`` shingles only ``num_known`` are in the index, and so in ``rows``: the others are the rarest of all.
        """
        least_shared = np.ceil(self._min_jaccard * sizes - _ROUNDING).astype(np.int64)
        lengths = np.clip(sizes - least_shared + 1 - (sizes - num_known), 0, num_known)
        of = np.repeat(np.arange(len(sizes)), num_known)
        within = np.arange(len(of)) - np.repeat(rows.indptr[:-1], num_known)
        taken = within < lengths[of]
        return of[taken], rows.indices[taken].astype(np.int64)

    def _candidates(self, of: Places, starts: Places, num_holders: Places, sizes: Places) -> tuple[Places, Places]:
        """Pairs that share one of their rarest, and whose sizes can be so alike; each once, in order."""
        first = np.repeat(of, num_holders)
        within = np.arange(len(first)) - np.repeat(np.cumsum(num_holders) - num_holders, num_holders)
        second = self._holders[np.repeat(starts, num_holders) + within]
        smaller, larger = np.minimum(sizes[first], self._sizes[second]), np.maximum(sizes[first], self._sizes[second])
        may = smaller >= self._min_jaccard * larger - _ROUNDING
        pairs = np.unique(first[may] * len(self._sizes) + second[may])
        return pairs // len(self._sizes), pairs % len(self._sizes)

    def _alike(self, rows: Any, first: Places, second: Places, sizes: Places) -> Matches:
        shared = np.asarray(rows[first].multiply(self._rows[second]).sum(axis=1)).ravel()
        similarity = shared / (sizes[first] + self._sizes[second] - shared)
        near = similarity >= self._min_jaccard
        return first[near], second[near], similarity[near]


def _cuts(weights: Places) -> Iterator[tuple[int, int]]:
    """Runs of places whose weights come to ``_MAX_CANDIDATES`` at most, or that are one place."""
    begin, total = 0, 0
    for place, weight in enumerate(weights.tolist()):
        if total and total + weight > _MAX_CANDIDATES:
            yield begin, place
            begin, total = place, 0
        total += weight
    if begin < len(weights):
        yield begin, len(weights)
