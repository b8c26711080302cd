"""Speeds from turns, and how sure a ratio of two speeds is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

NUM_RESAMPLES: Final = 2000


@dataclass(frozen=True)
class Turn:
    """A few optimiser steps, timed in one piece; memory is the most that the process has held so far.

    Work is counted in tokens, not in rows: where batches hold rows of like length, a turn may have long rows or short ones.
    """

    seconds: float
    num_tokens: int
    """Of the rows, without padding."""
    num_read: int
    """What the model computed on: with padding."""
    memory_mb: float = 0.0
    gpu_memory_mb: float | None = None


@dataclass(frozen=True)
class Ratio:
    """A ratio, as measured, and its 95 % interval."""

    value: float
    low: float
    high: float


def tokens_per_second(turns: Sequence[Turn]) -> float:
    """Over all turns together. Raises ``ValueError`` without any."""
    if not turns:
        raise ValueError("no turns: nothing was measured")
    return sum(turn.num_tokens for turn in turns) / sum(turn.seconds for turn in turns)


def padding_share(turns: Sequence[Turn]) -> float:
    """The share of what the model computed on that was padding."""
    return 1 - sum(turn.num_tokens for turn in turns) / sum(turn.num_read for turn in turns)


def speed_ratio(turns: Sequence[Turn], reference: Sequence[Turn], seed: int = 0) -> Ratio:
    """How many times as fast as ``reference``, whose turns were run between these, one by one.

    The rounds are drawn with replacement, both contenders' turns together: what disturbed a round disturbed both. Raises
    ``ValueError`` for turns that do not pair.
    """
    if len(turns) != len(reference) or not turns:
        raise ValueError(f"{len(turns)} turns against {len(reference)}: they must pair, and be one or more")
    drawn = np.random.default_rng(seed).integers(len(turns), size=(NUM_RESAMPLES, len(turns)))
    speeds = [
        np.array([turn.num_tokens for turn in those])[drawn].sum(axis=1)
        / np.array([turn.seconds for turn in those])[drawn].sum(axis=1)
        for those in (turns, reference)
    ]
    low, high = np.quantile(speeds[0] / speeds[1], [0.025, 0.975])
    return Ratio(tokens_per_second(turns) / tokens_per_second(reference), float(low), float(high))
