"""Synthetic reviews with the columns and the mess of the real file: ``python -m reviewloop_local.sample --rows 4000 --out FILE``.

Made to be honest practice for a text classifier. The sentiment lies in how clauses are turned round, joined and weighed, not in
single words, so that a bag of words finds only part of it. Rows are drawn independently: any part of a sample looks like the rest.
"""

import random
from collections.abc import Callable
from typing import Final

import pandas as pd

from reviewloop_local.sample import vocabulary as words
from reviewloop_local.sample.wording import draw, text, title

COLUMNS: Final = ("", "Clothing ID", "Age", "Title", "Review Text", "Rating", "Recommended IND", "Positive Feedback Count",
                  "Division Name", "Department Name", "Class Name")  # fmt: skip
"""The header cells of the producer; the first, unnamed one numbers the rows."""

SEED: Final = 20260101
RATINGS: Final = {5: 0.555, 4: 0.217, 3: 0.123, 2: 0.068, 1: 0.037}
DEPARTMENT_SHARES: Final = {name: share for name, (share, _) in words.DEPARTMENTS.items()}

MISSING_TEXT: Final = 0.036
MISSING_TITLE: Final = 0.16
MISSING_CLASS: Final = 0.0005
"""Shares of empty cells; the three class columns are empty together."""
SAME_ROW: Final = 0.003
"""Share of rows that repeat an earlier one but for its number."""
SAME_TEXT: Final = 0.004
"""Share of rows that repeat an earlier title, text and rating under another reviewer."""

Writer = Callable[[random.Random, int, str], str]
"""Words one text from the random source, the rating and the garment."""


def make_reviews(num_rows: int = 4000, seed: int = SEED, first_id: int = 0) -> pd.DataFrame:
    """``num_rows`` reviews in the producer's columns, numbered from ``first_id``; the same arguments give the same rows.

    A missing cell is ``None``. Raises ``ValueError`` for a negative ``num_rows``.
    """
    if num_rows < 0:
        raise ValueError(f"num_rows: {num_rows} is negative; give 0 or more")
    rng = random.Random(seed)
    rows: list[dict[str, object]] = []
    for number in range(num_rows):
        luck = rng.random()
        earlier = rng.choice(rows) if rows and luck < SAME_ROW + SAME_TEXT else None
        row = review(rng, draw(rng, RATINGS), draw(rng, DEPARTMENT_SHARES))
        if earlier and luck < SAME_ROW:
            row = earlier
        elif earlier:
            row |= {name: earlier[name] for name in ("Title", "Review Text", "Rating")}
        rows.append({**row, "": first_id + number})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def to_csv_bytes(frame: pd.DataFrame) -> bytes:
    """The frame as the producer writes it: UTF-8, commas, CRLF, a cell quoted only where it must be."""
    return frame.to_csv(index=False, lineterminator="\r\n").encode()


def review(rng: random.Random, rating: int, department: str, write: Writer = text, mean_age: float = 43) -> dict[str, object]:
    """One row but for its number; ``write`` words the text and ``mean_age`` is in years."""
    class_name = draw(rng, words.DEPARTMENTS[department][1])
    garment = words.GARMENTS[class_name]
    return {
        "Clothing ID": 100 + 40 * list(words.GARMENTS).index(class_name) + min(int(rng.expovariate(0.15)), 39),
        "Title": None if rng.random() < MISSING_TITLE else title(rng, rating, garment),
        "Review Text": None if rng.random() < MISSING_TEXT else write(rng, rating, garment),
        **_reviewer(rng, rating, mean_age),
        **_merchandise(rng, department, class_name),
    }


def _reviewer(rng: random.Random, rating: int, mean_age: float) -> dict[str, object]:
    """The cells about the person: age (18 to 99), rating, whether they recommend it, how many found that useful."""
    recommends = rng.random() < {5: 0.998, 4: 0.965, 3: 0.41, 2: 0.06, 1: 0.02}[rating]
    age = round(18 + rng.gammavariate(4.2, (mean_age - 18) / 4.2))
    votes = 0 if rng.random() < 0.48 else 1 + int(rng.expovariate(0.26))
    return {"Age": min(age, 99), "Rating": rating, "Recommended IND": int(recommends), "Positive Feedback Count": votes}


def _merchandise(rng: random.Random, department: str, class_name: str) -> dict[str, object]:
    """The cells about the product line; now and then all three are missing. ``Initmates`` is how the producer spells it."""
    if rng.random() < MISSING_CLASS:
        return {"Division Name": None, "Department Name": None, "Class Name": None}
    petite = rng.random() < (0.13 if department == "Intimate" else 0.36)
    division = "General Petite" if petite else "Initmates" if department == "Intimate" else "General"
    return {"Division Name": division, "Department Name": department, "Class Name": class_name}
