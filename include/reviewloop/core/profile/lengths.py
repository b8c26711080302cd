"""How long the reviews are, in words and in tokens, and what each ``max_seq_length`` would cut off."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reviewloop.core.dataset.lengths import coverage


@dataclass(frozen=True)
class Reach:
    """What one ``max_seq_length`` (tokens) reads: the share of the texts held whole, and the share of all tokens."""

    max_seq_length: int
    whole: float
    tokens_read: float


@dataclass(frozen=True)
class Lengths:
    """Words of the text alone, over all reviews; tokens of what the model reads (title and text, special ones included)."""

    max_words: int
    median_words: float
    p95_words: float
    max_tokens: int
    median_tokens: float
    p95_tokens: float
    tokens_per_word: float
    """Tokens of the average training text over words of the average review."""
    num_token_texts: int
    """Distinct training texts, before balancing: the ones that ``max_seq_length`` was chosen on."""
    max_seq_length: int
    reaches: tuple[Reach, ...]
    """Of every allowed length and the chosen one, rising."""

    @property
    def chosen(self) -> Reach:
        """What the chosen length reads."""
        return next(reach for reach in self.reaches if reach.max_seq_length == self.max_seq_length)

    @property
    def by_words(self) -> Reach:
        """What the length reads that one would choose by counting words: the shortest not under the longest text's."""
        return next((reach for reach in self.reaches if reach.max_seq_length >= self.max_words), self.reaches[-1])


def measure_lengths(num_words: Sequence[int], num_tokens: Sequence[int], max_seq_length: int, allowed: Sequence[int]) -> Lengths:
    """Both distributions; neither may be empty."""
    words, tokens = np.asarray(num_words), np.asarray(num_tokens)
    whole = tokens.sum()
    return Lengths(
        max_words=int(words.max()),
        median_words=float(np.median(words)),
        p95_words=float(np.quantile(words, 0.95)),
        max_tokens=int(tokens.max()),
        median_tokens=float(np.median(tokens)),
        p95_tokens=float(np.quantile(tokens, 0.95)),
        tokens_per_word=float(tokens.mean() / max(words.mean(), 1)),
        num_token_texts=len(tokens),
        max_seq_length=max_seq_length,
        reaches=tuple(
            Reach(length, coverage(tokens, length), float(np.minimum(tokens, length).sum() / whole))
            for length in sorted({*allowed, max_seq_length})
        ),
    )
