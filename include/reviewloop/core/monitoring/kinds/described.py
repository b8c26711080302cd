"""The links of the chain as numbers, for a day and its reference alike: words and groups, in which no model has a part; answers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.monitoring.descriptors import NUMBERS, TITLE
from reviewloop.core.monitoring.drift.embedding_maps import WhiteMap
from reviewloop.core.monitoring.sample import Sample
from reviewloop.core.statistics.metrics import Floats
from reviewloop.core.statistics.stratified import one_hot
from reviewloop.core.texts import words

_NUM_WORDS: Final = 200
_LEAST_SHARE: Final = 0.01
"""A group rarer than this in both together is put with the others that are."""


@dataclass(frozen=True)
class Words:
    """What is written: which of the reference's commonest words, by their principal components, how many words, and how many that
    training never saw. No model has a part in it."""

    common: tuple[str, ...]
    white: WhiteMap

    @classmethod
    def of(cls, reference: Sample) -> "Words":
        """By the words of these rows."""
        texts = _word_sets(reference)
        counts = Counter(word for text in texts for word in text)
        common = tuple(sorted(counts, key=lambda word: (-counts[word], word))[:_NUM_WORDS])
        return cls(common, WhiteMap.fit(_held(texts, common)))

    def __call__(self, rows: Sample) -> Floats:
        """Shape (n, d)."""
        lengths = np.sqrt(rows.columns[list(NUMBERS)].to_numpy(dtype=np.float64))
        return np.hstack([self.white(_held(_word_sets(rows), self.common)), lengths])


@dataclass(frozen=True)
class Before:
    """The reference, and what is written in it."""

    rows: Sample
    words: Words
    written: Floats

    @classmethod
    def of(cls, reference: Sample) -> "Before":
        """Ready to be compared with days."""
        words = Words.of(reference)
        return cls(reference, words, words(reference))


def grouped(reference: Sample, day: Sample) -> tuple[Floats, Floats]:
    """Who writes of what, shape (n, d) each: a column of 0 and 1 for each value of each facet."""
    facets = [name for name in reference.columns if name in day.columns and name not in (*NUMBERS, TITLE)]
    if not facets:
        return np.zeros((len(reference), 0)), np.zeros((len(day), 0))
    both = [one_hot([*reference.columns[name], *day.columns[name]], _LEAST_SHARE) for name in facets]
    whole = np.hstack(both)
    return whole[: len(reference)], whole[len(reference) :]


def answered(rows: Sample) -> Floats:
    """What the champion says, shape (n, 5): enough of its probabilities to tell a curve from a line."""
    negative, neutral = rows.answers[:, 0], rows.answers[:, 1]
    return np.column_stack([negative, neutral, negative**2, neutral**2, negative * neutral])


def _word_sets(rows: Sample) -> list[frozenset[str]]:
    return [frozenset(words(text)) for text in model_texts(rows.reviews)]


def _held(texts: Sequence[frozenset[str]], common: Sequence[str]) -> Floats:
    return np.array([[word in text for word in common] for text in texts], dtype=np.float64).reshape(len(texts), len(common))
