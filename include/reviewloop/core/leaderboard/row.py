"""A row of the leaderboard: one kind of model, how good its answers out of fold are, and what they cost.

The mark is macro-F1, in which each sentiment counts the same. Intervals are of the rows that were drawn alone (bootstrap); that a
kind would have learnt a little differently from other rows is not in them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.bootstrap import count_intervals, macro_f1_standard_error
from reviewloop.core.statistics.metrics import Floats, Ints, classification_metrics

State = Literal["done", "failed", "timed out"]
NUM_RESAMPLES: Final = 2000
_MAX_REASON: Final = 300
"""Characters of a reason that a row shows."""
_SUM_TOLERANCE: Final = 1e-3


@dataclass(frozen=True)
class Estimate:
    """A share with its 95 % interval, each from 0 to 1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Marks:
    """What the answers of a kind are worth. ``recalls`` are in the order of ``SENTIMENTS``."""

    macro_f1: Estimate
    standard_error: float
    """Of macro-F1."""
    accuracy: Estimate
    recalls: tuple[Estimate, ...]


@dataclass(frozen=True)
class Cost:
    """``seconds``: to learn and answer in all folds, on one core; ``num_bytes``: of what is kept of one fitted model;
    ``latency_ms``: the median time of one review alone, on one core."""

    seconds: float
    num_bytes: int
    latency_ms: float


@dataclass(frozen=True)
class Row:
    """One kind. ``place`` says how simple it is, 0 the simplest. ``marks`` and ``cost`` are there where ``state`` is done, and
    ``reason`` where it is not."""

    kind: str
    told: str
    place: int
    state: State
    marks: Marks | None = None
    cost: Cost | None = None
    reason: str = ""
    settings: Mapping[str, float | bool] = field(default_factory=dict)
    """That a search on all rows found; empty: the kind's own."""
    searched: str = ""
    """What the search came to, in words."""


def marks_of(labels: Ints, answers: Floats, seed: int) -> Marks:
    """Of probabilities (n, 3) that were given out of fold. Raises ``ValueError`` without rows."""
    said = answers.argmax(axis=1)
    values = classification_metrics(labels, answers)
    intervals = count_intervals(labels, said, NUM_RESAMPLES, seed)

    def estimate(name: str) -> Estimate:
        return Estimate(values[name], *intervals[name])

    return Marks(
        estimate("macro_f1"),
        macro_f1_standard_error(labels, said, NUM_RESAMPLES, seed),
        estimate("accuracy"),
        tuple(estimate(f"recall.{name}") for name in SENTIMENTS),
    )


def done(kind: str, told: str, place: int, marks: Marks, cost: Cost) -> Row:
    """A row with its marks."""
    return Row(kind, told, place, "done", marks, cost)


def not_done(kind: str, told: str, place: int, state: State, reason: str) -> Row:
    """A row that stays to be seen, with the first line of why it has no marks."""
    lines = reason.strip().splitlines()
    return Row(kind, told, place, state, reason=(lines[0] if lines else "it gave no reason")[:_MAX_REASON])


def require_probabilities(answers: npt.NDArray[np.generic], num_rows: int) -> Floats:
    """The answers as float64 (``num_rows``, 3). Raises ``ValueError``, one line, where they are anything else: another shape, not
    finite, negative, or a row that does not come to 1."""
    if answers.shape != (num_rows, len(SENTIMENTS)) or answers.dtype.kind != "f":
        shape = "x".join(map(str, answers.shape))
        raise ValueError(f"answers are {answers.dtype} of {shape}; probabilities of {num_rows}x{len(SENTIMENTS)} are expected")
    found: Floats = answers.astype(np.float64)
    for what, wrong in (
        ("not finite", ~np.isfinite(found).all(axis=1)),
        ("negative", (found < 0).any(axis=1)),
        ("not 1 in sum", np.abs(found.sum(axis=1) - 1) > _SUM_TOLERANCE),
    ):
        if wrong.any():
            raise ValueError(f"{int(wrong.sum()):,} of {num_rows:,} answers are no probabilities: {what}")
    return found


def total(costs: Sequence[Cost]) -> Cost:
    """Of a model that asks several, one after another."""
    return Cost(sum(one.seconds for one in costs), sum(one.num_bytes for one in costs), sum(one.latency_ms for one in costs))
