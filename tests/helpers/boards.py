"""A leaderboard of planted answers: four kinds of known worth, one that broke and one that was late."""

import numpy as np

from reviewloop.core.leaderboard.board import Entry, Setting
from reviewloop.core.leaderboard.row import Cost

LABELS = np.random.default_rng(1).choice(3, 900, p=[0.2, 0.2, 0.6])
FOLDS = np.arange(900) % 3
SETTING = Setting("made-up reviews", 900, 3, 7, 600.0, 61.0)
COST = Cost(2.0, 1_000_000, 0.5)


def answers(right: float, seed: int) -> np.ndarray:
    """Right in so many of the rows, and else a guess; always just as sure."""
    rng = np.random.default_rng(seed)
    said = np.where(rng.random(900) < right, LABELS, rng.integers(0, 3, 900))
    return np.eye(3)[said] * 0.7 + 0.1


def entries(told: str = "what it does", kind: str = "good", reason: str = "ValueError: no") -> list[Entry]:
    """From simple to complex."""
    return [
        Entry("guess", told, "done", answers(0.0, 1), COST),
        Entry("weak", told, "done", answers(0.4, 2), COST),
        Entry("broken", told, "failed", reason=reason),
        Entry("late", told, "timed out", reason="after 9 s"),
        Entry("fair", told, "done", answers(0.6, 3), COST),
        Entry(kind, told, "done", answers(0.8, 4), COST),
    ]
