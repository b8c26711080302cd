"""Kinds that are quick, as a search's processes find them by this module's name: one with settings that matter, some with faults.

Each reads texts that begin with a word of ``WORDS``, which gives the sentiment away to who reads far enough.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.core.dataset.splits import part_of
from reviewloop.core.texts import text_digest
from reviewloop.models.learners import majority
from reviewloop.models.learners.protocol import Fitted, Learner, OneOf, Seen, Span

WORDS = ("terrible", "ordinary", "wonderful")
CHILD = "PLANTED_CHILD"
Labels = NDArray[np.int64]
Weights = NDArray[np.float64]


def read_words(known: Seen, labels: Labels, weights: Weights, seed: int, care: float = 0.3, blind: bool = False) -> Fitted:
    """Right in a share ``care`` of the texts, by a hash of them, else ``wonderful``. ``blind`` answers with no numbers."""

    def read(rows: Seen) -> Weights:
        found = np.full((len(rows), 3), np.nan if blind else 0.1)
        for place, text in enumerate(rows.tolist()):
            careful = int(text_digest(text)[:4], 16) / 16**4 < care
            found[place, WORDS.index(text.split()[0]) if careful else 2] = np.nan if blind else 0.8
        return found

    return Fitted(read, lambda: 8)


def hang(known: Seen, labels: Labels, weights: Weights, seed: int, care: float = 0.3) -> Fitted:
    """For ever, deaf to SIGTERM, with a child in a session of its own."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    place = Path(os.environ[CHILD])
    place.with_suffix(".tmp").write_text(str(child.pid), encoding="utf-8")
    place.with_suffix(".tmp").rename(place)
    time.sleep(600)
    raise AssertionError


LEARNERS = (
    Learner("majority", "The shares.", majority.fit),
    Learner("reader", "Reads words.", read_words, space={"care": Span(0.3, 0.0, 1.0), "blind": OneOf(False, (True, False))}),
    Learner("hanging", "It hangs.", hang, space={"care": Span(0.3, 0.0, 1.0)}),
)


def reviews(num_rows: int, start: int, part: str) -> pd.DataFrame:
    """Rows of this part of a split, 60 % of them wonderful."""
    found, number = [], start
    while len(found) < num_rows:
        number += 1
        label = (0, 1, 2, 2, 2)[number % 5]
        text = f"{WORDS[label]} number {number} " + " ".join(f"w{number}x{place}" for place in range(5))
        digest = text_digest(text)
        if part_of(digest, 0.1, 0.2) == part:
            row = {"review_id": number, "title": None, "text": text, "label": label, "rating": label * 2 + 1}
            found.append({**row, "day": "2026-01-01", "text_digest": digest})
    return pd.DataFrame(found).astype({"title": "string"})
