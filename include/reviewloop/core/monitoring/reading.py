"""Does the champion contradict a day's labels more than those that it was judged on? What keeps all shares may still show here."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from reviewloop.config import ReadingConfig
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.many_tests import holm
from reviewloop.core.statistics.metrics import NUM_CLASSES, Floats, Ints
from reviewloop.errors import PermanentError

ANOTHER: Final = "another"
"""Any answer but the label."""


@dataclass(frozen=True)
class Reading:
    """How many rows labelled ``label`` were read as ``answer``: ``count`` of the day's ``num_rows``, and held out."""

    label: str
    answer: str
    """A sentiment, or ``ANOTHER``."""
    count: int
    num_rows: int
    held_out_count: int
    held_out_rows: int
    chance: float | None
    """Of so many or more if the day were as the held-out part (Holm's adjusted p-value); None: too few rows for a test."""
    verdict: Literal["usual", "unusual", "not enough evidence"]

    def __str__(self) -> str:
        read = "not read so" if self.answer == ANOTHER else f"read as {self.answer}"
        shares = f"{self.count} of {self.num_rows} ({_percent(self.count, self.num_rows)})"
        usual = f"{_percent(self.held_out_count, self.held_out_rows)} of the held-out ones"
        luck = "" if self.chance is None else f", by luck {self.chance:.2g}"
        return f"labelled {self.label}, {read}: {shares}; {usual}{luck}"

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def held_out_counts(report: Any) -> Ints:
    """The confusion matrix, shape (3, 3), that an evaluation keeps. Raises ``PermanentError`` where it keeps none."""
    counts = np.asarray(report.get("confusion") if isinstance(report, dict) else None)
    if counts.shape != (NUM_CLASSES, NUM_CLASSES) or counts.dtype.kind != "i" or (counts < 0).any():
        raise PermanentError(
            "the champion's evaluation keeps no confusion matrix, so nobody knows how often it contradicts a label"
        )
    return counts.astype(np.int64)


def compare(day: Ints, held_out: Ints, limits: ReadingConfig) -> tuple[Reading, ...]:
    """Each label with each other answer, and with any of them. Both counts have shape (3, 3): rows are labels, columns answers.

    Unusual needs an excess of ``min_excess`` and the evidence: Fisher's exact test, one-sided (The Design of Experiments, 1935;
    it knows that the held-out part is a sample, too), with Holm's correction over all tests of the day.
    """
    pairs = [(label, answer) for label in range(NUM_CLASSES) for answer in (None, *range(NUM_CLASSES)) if answer != label]
    cells = [(*_cell(day, *pair), *_cell(held_out, *pair)) for pair in pairs]
    chances = holm(np.array([_chance(cell, limits.min_rows) for cell in cells]))
    found = []
    for (label, answer), (count, num_rows, before, num_before), chance in zip(pairs, cells, chances, strict=True):
        if math.isnan(chance):
            verdict: Literal["usual", "unusual", "not enough evidence"] = "not enough evidence"
        else:
            is_much = count / num_rows - before / num_before >= limits.min_excess
            verdict = "unusual" if is_much and chance <= limits.alpha else "usual"
        names = SENTIMENTS[label], ANOTHER if answer is None else SENTIMENTS[answer]
        known = None if math.isnan(chance) else float(chance)
        found.append(Reading(*names, count, num_rows, before, num_before, known, verdict))
    return tuple(found)


NUM_SUREST: Final = 20
"""Contradicted rows that are shown."""


def contradictions(reviews: pd.DataFrame, labels: Ints, probabilities: Floats, num_rows: int = NUM_SUREST) -> pd.DataFrame:
    """The rows whose label the champion holds least probable, the least first: ``review_id``, ``label``, ``answer``, ``text``
    and ``probability`` (of the label). ``probabilities`` has shape (n, 3), columns as ``SENTIMENTS``.
    """
    answers, of_label = probabilities.argmax(axis=1), probabilities[np.arange(len(labels)), labels]
    names = np.array(SENTIMENTS)
    found = reviews[["review_id", "text"]].assign(label=names[labels], answer=names[answers], probability=of_label)
    return pd.DataFrame(found[answers != labels].nsmallest(num_rows, "probability"))


def surest_of(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The ``contradictions`` of all pieces of a day (at least one) as those of the whole."""
    return pd.DataFrame(pd.concat(found).nsmallest(NUM_SUREST, "probability"))


def in_words(found: Sequence[Reading]) -> str:
    """What is unusual, the least probable first; where nothing is, how much was judged."""
    unusual = sorted((one for one in found if one.verdict == "unusual"), key=lambda one: one.chance or 0.0)
    if unusual:
        return "; ".join(map(str, unusual))
    judged = sum(one.verdict != "not enough evidence" for one in found)
    return f"{judged} of {len(found)} shares judged, none beyond what the held-out part lets expect"


def _cell(counts: Ints, label: int, answer: int | None) -> tuple[int, int]:
    total = int(counts[label].sum())
    return (total - int(counts[label, label]) if answer is None else int(counts[label, answer])), total


def _chance(cell: tuple[int, int, int, int], min_rows: int) -> float:
    """P(at least ``count``), given how many of all rows, the day's and the held-out ones together, were read so."""
    from scipy.stats import hypergeom

    count, num_rows, before, num_before = cell
    if min(num_rows, num_before) < min_rows:
        return math.nan
    return float(hypergeom.sf(count - 1, num_rows + num_before, count + before, num_rows))


def _percent(count: int, total: int) -> str:
    return f"{count / total:.1%}" if total else "none"
