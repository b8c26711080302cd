"""How many tokens of a text the model reads: chosen from the lengths of the training texts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def coverage(lengths: Sequence[int] | NDArray[np.int64], max_seq_length: int) -> float:
    """The share of the texts that ``max_seq_length`` tokens hold whole. ``lengths`` are in tokens, special ones included."""
    return float(np.mean(np.asarray(lengths) <= max_seq_length))


def choose_length(lengths: Sequence[int] | NDArray[np.int64], allowed: Sequence[int], min_coverage: float) -> int:
    """The shortest of ``allowed`` that holds at least ``min_coverage`` of the texts whole, else the longest of them."""
    fits = [length for length in sorted(allowed) if coverage(lengths, length) >= min_coverage]
    return fits[0] if fits else max(allowed)
