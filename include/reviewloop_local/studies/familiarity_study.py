"""Whom do the endpoint's notes flag? ``python -m reviewloop_local.studies.familiarity_study [--csv FILE]``.

The words are learnt on one half of the reviews, the other half is looked at, and the other way round: every note there is a false
one. Beside it made-up sentences in other languages and in English of other subjects. Exit status 0 only where at most 0.1 % of the
reviews have a note and at least 95 % of the foreign sentences are called so.
"""

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from rich.table import Table

from reviewloop.core.familiarity import notes
from reviewloop.core.statistics.proportions import wilson
from reviewloop.core.texts import model_text, vocabulary
from reviewloop_local.loop.display import new_console
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes

MAX_FALSE: Final = 0.001
MIN_CAUGHT: Final = 0.95
Counts = tuple[str, int, int, int]
"""Group, sentences, called not English, called unlike the training part."""


@dataclass(frozen=True)
class Study:
    """``false_notes`` of ``num_reviews`` held-out reviews; ``groups`` of made-up sentences."""

    num_reviews: int
    false_notes: int
    ms_a_review: float
    foreign: tuple[Counts, ...]
    english: tuple[Counts, ...]

    @property
    def num_foreign(self) -> int:
        """Sentences in other languages."""
        return sum(group[1] for group in self.foreign)

    @property
    def not_english(self) -> int:
        """Of them, called so."""
        return sum(group[2] for group in self.foreign)

    @property
    def unlike(self) -> int:
        """Of them, called unlike the training part."""
        return sum(group[3] for group in self.foreign)


def study(texts: Sequence[str]) -> Study:
    """Look at ``texts`` by halves, and at the made-up sentences with the words of the first."""
    halves = [frozenset(vocabulary(texts[half::2])) for half in (0, 1)]
    started, false_notes = time.perf_counter(), 0
    for half, known in enumerate(halves):
        false_notes += sum(bool(notes(text, known)) for text in texts[1 - half :: 2])
    seconds = time.perf_counter() - started
    foreign, english = (_counts(name, halves[0]) for name in ("foreign_reviews.yaml", "other_english.yaml"))
    return Study(len(texts), false_notes, 1000 * seconds / max(1, len(texts)), foreign, english)


def _counts(name: str, known: frozenset[str]) -> tuple[Counts, ...]:
    groups = yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    found = []
    for group, sentences in groups.items():
        told = [notes(sentence, known) for sentence in sentences]
        found.append((group, len(told), sum("not_english" in one for one in told), sum("unlike_training" in one for one in told)))
    return tuple(found)


def _interval(num_hits: int, num_rows: int) -> str:
    low, high = wilson(num_hits, num_rows)
    return f"{100 * num_hits / num_rows:.2f} % ({100 * low:.2f} to {100 * high:.2f})"


def main() -> int:
    """Print the table; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", type=Path, help="real reviews with Kaggle's columns (default: the made-up sample)")
    chosen = parser.parse_args()
    text = chosen.csv.read_text(encoding="utf-8") if chosen.csv else to_csv_bytes(make_reviews()).decode()
    rows = [row for row in csv.DictReader(text.splitlines(keepends=True)) if row["Review Text"].strip()]
    found = study([model_text(row["Title"], row["Review Text"]) for row in rows])
    console = new_console()
    table = Table("texts", "number", "not_english", "unlike_training", title="Notes, with 95 % intervals (Wilson)")
    table.add_row("reviews held out: any note", f"{found.num_reviews:,}", "", _interval(found.false_notes, found.num_reviews))
    for group, num_rows, num_foreign, num_unlike in (*found.foreign, *found.english):
        table.add_row(group, str(num_rows), str(num_foreign), str(num_unlike))
    shares = [_interval(num, found.num_foreign) for num in (found.not_english, found.unlike)]
    table.add_row("all other languages", str(found.num_foreign), *shares)
    console.print(table)
    console.print(f"{found.ms_a_review:.3f} ms a review")
    good = found.false_notes <= MAX_FALSE * found.num_reviews and found.not_english >= MIN_CAUGHT * found.num_foreign
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
