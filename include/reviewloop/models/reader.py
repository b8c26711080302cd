"""What reads prepared texts, whatever the model: the one interface of batch scoring, of the court and of the endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

PASS_TOKENS: Final = 4096
"""Tokens, padding included, of one pass where many texts are read at once: 32 texts of 128."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One text as its reader wants it. ``num_tokens`` is what it costs to read.

    ``shape``: a pass holds texts of one shape, for others would be read one after the other; 0 of a reader that reads whatever is
    in a pass together.
    """

    content: Any
    num_tokens: int
    shape: int = 0


@dataclass(frozen=True)
class Reading:
    """What one pass made of n texts, row by row."""

    probabilities: np.ndarray
    """float64 of shape (n, 3), columns in the order of ``SENTIMENTS``."""
    embeddings: np.ndarray | None
    """What the last layer computes them from, float32 of shape (n, d). None where the model cannot tell (an export of before it
    could), and of no text."""


class Reader(Protocol):
    """A loaded model. Its methods may be called by several threads at once."""

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        """Texts as ``core.texts.model_text`` writes them, made ready; cut to what the model reads."""
        ...

    def answer(self, items: Sequence[Prepared]) -> np.ndarray:
        """Probabilities of one pass, float64 of shape (len(items), 3), columns in the order of ``SENTIMENTS``."""
        ...

    def read(self, items: Sequence[Prepared]) -> Reading:
        """The same pass, with what its answers were computed from."""
        ...


def passes(lengths: Sequence[int], max_tokens: int) -> list[np.ndarray]:
    """Row numbers of each pass, longest texts first (memory runs out at once or never), so that padding is small.

    A pass holds at most ``max_tokens`` tokens with its padding, and at least one text.
    """
    order = np.argsort(-np.asarray(lengths), kind="stable")
    found, start = [], 0
    while start < len(order):
        size = max(1, max_tokens // max(1, int(lengths[order[start]])))
        found.append(order[start : start + size])
        start += size
    return found
