"""The reviews of the demonstration: a cut to train on, and what customers write on later days."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from reviewloop.config import Config
from reviewloop.core.dataset.snapshots import without_near_copies
from reviewloop.core.reviews import SENTIMENTS
from reviewloop_local.bench.inputs import snapshot
from reviewloop_local.errors import LocalError

MOST_TRAINED: Final = 4000
"""Reviews of the cut: enough for a good model, and minutes of training."""
TRAINED_SHARE: Final = 0.6
"""Of the reviews that may be trained on, where there are fewer."""
FEWEST_LATER: Final = 1000
"""Below this the same reviews would come again too often to be evidence."""


@dataclass(frozen=True)
class Review:
    """What a customer writes, and the sentiment that the stars say later."""

    title: str | None
    text: str
    sentiment: str

    def body(self, unit: str) -> dict[str, Any]:
        """As a request that asks about it."""
        return {"unit": unit, "reviews": [{"title": self.title, "text": self.text}]}


@dataclass(frozen=True)
class Replay:
    """``train`` and ``validation`` are before the cut; ``later`` is after it. The sealed part is in none of them."""

    train: pd.DataFrame
    validation: pd.DataFrame
    later: tuple[Review, ...]


def replay(csv: Path | None, config: Config) -> Replay:
    """Cut the reviews of a file, or made-up ones, by a shuffle that is always the same.

    Raises ``LocalError`` where there is no such file, or it holds too few reviews.
    """
    data = without_near_copies(snapshot(csv, config), config.features.near_duplicate_jaccard)
    rows = data.parts["train"].sample(frac=1, random_state=config.training.seed)
    num_trained = min(MOST_TRAINED, round(TRAINED_SHARE * len(rows)))
    later = rows[num_trained:]
    if len(later) < FEWEST_LATER:
        least = round(len(data.parts["train"]) * FEWEST_LATER / max(1, len(later)))
        raise LocalError(
            f"CSV: {len(rows)} reviews to train on leave {len(later)} for later days, at least {FEWEST_LATER} are needed; "
            f"give a file with {least} reviews or more outside the sealed part"
        )
    return Replay(rows[:num_trained].sort_index(), data.parts["validation"], tuple(map(_review, later.itertuples())))


def _review(row: Any) -> Review:
    return Review(None if pd.isna(row.title) else str(row.title), str(row.text), SENTIMENTS[row.label])
