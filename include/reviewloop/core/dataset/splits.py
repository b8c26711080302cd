"""Which part a review belongs to. The text alone decides, so that no text crosses over and new data never moves old rows.

Beside them there may be a part of the last days, which a model that learnt from the days before is asked about as it will be asked
about tomorrow's; it moves on with the days.
"""

from datetime import date, timedelta
from typing import Final, Literal

import pandas as pd

from reviewloop.core.digests import bytes_digest

Part = Literal["train", "validation", "test", "future"]
PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test")
"""Of the split by text."""
SEALED: Final[tuple[Part, ...]] = ("test", "future")
"""What no training reads and no page quotes."""


def fraction(key: str, purpose: str) -> float:
    """A number in [0, 1) drawn from ``key`` by hash: the same for ever, independent between purposes."""
    return int(bytes_digest(f"{purpose}:{key}".encode())[:13], 16) / 16**13


def part_of(text_digest: str, validation: float, test: float) -> Part:
    """The part of a text, given the shares of two parts; the rest is train.

    The test part comes first on the line from 0 to 1: another share of validation never moves a row into or out of it.
    """
    place = fraction(text_digest, "split")
    if place < test:
        return "test"
    return "validation" if place < test + validation else "train"


def first_future_day(last_day: str, future_days: int) -> str:
    """The day that the future part begins with; the day after ``last_day`` where there is none."""
    return (date.fromisoformat(last_day) - timedelta(days=future_days - 1)).isoformat()


def distinct_texts(reviews: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """One row a ``text_digest``, ordered by day and review id; and how many texts came with more than one ``label``.

    The row that landed first (``landed_at``; of one landing, by day and review id) is kept, whatever later ones say: later data
    then never changes what was trained or tested on, not even under the name of an old day. A majority vote would, and dropping
    a text on conflict would let new data take old rows away.
    """
    labels = reviews.groupby("text_digest")["label"].nunique()
    order = ["day", "review_id", "text_digest"]
    kept = reviews.sort_values(["landed_at", *order], kind="stable").drop_duplicates("text_digest")
    return kept.sort_values(order, kind="stable").reset_index(drop=True), int((labels > 1).sum())
