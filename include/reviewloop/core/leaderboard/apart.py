"""A kind that cross-validation does not fit: a fine-tune of minutes, marked on the validation part, by several seeds.

Its marks are of fewer rows than the others', and of rows that chose its best epoch: it is shown beside them, never ranked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reviewloop.core.leaderboard.row import Estimate, State, marks_of
from reviewloop.core.statistics.metrics import Floats, Ints


@dataclass(frozen=True)
class Apart:
    """``by_seed`` is the macro-F1 of each; the estimates are means over the seeds, and so are the ends of their intervals, which
    are of the rows alone. ``seconds`` are of all seeds, on the clock; ``num_bytes`` of one model. ``reason``: why not done."""

    kind: str
    told: str
    state: State
    reason: str = ""
    num_rows: int = 0
    by_seed: tuple[float, ...] = ()
    macro_f1: Estimate | None = None
    accuracy: Estimate | None = None
    recalls: tuple[Estimate, ...] = ()
    seconds: float = 0.0
    num_bytes: int = 0


def marked_apart(kind: str, told: str, labels: Ints, answers: Sequence[Floats], seconds: float, num_bytes: int, seed: int) -> Apart:
    """``answers`` are each seed's probabilities (n, 3) of the same rows. Raises ``ValueError`` without any."""
    if not answers:
        raise ValueError("no seed has answered")
    marks = [marks_of(labels, one, seed) for one in answers]
    return Apart(
        kind, told, "done", "", len(labels), tuple(one.macro_f1.value for one in marks), _mean([one.macro_f1 for one in marks]),
        _mean([one.accuracy for one in marks]), tuple(_mean(found) for found in zip(*(one.recalls for one in marks), strict=True)),
        seconds, num_bytes,
    )  # fmt: skip


def _mean(found: Sequence[Estimate]) -> Estimate:
    return Estimate(*(float(np.mean([getattr(one, end) for one in found])) for end in ("value", "low", "high")))
