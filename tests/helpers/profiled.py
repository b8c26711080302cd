"""Made-up reviews with known proportions, for the tests of the profile."""

import pandas as pd
from tests.helpers.contracts import DTYPES

from reviewloop.core.profile.columns import described

WORDS = ["soft", "warm", "loose", "tight", "pretty", "itchy", "thin", "long", "short", "bright"]
MOODS = {1: "awful refund", 3: "okay perhaps", 5: "lovely gorgeous"}


def curated(num_rows: int, first_id: int = 0, day: str = "2026-01-01", department: str = "Dresses") -> pd.DataFrame:
    """Three in ten negative, two neutral, five positive; ``recommended`` follows the rating, ``product_id`` is noise."""
    ids = range(first_id, first_id + num_rows)
    ratings = [(1, 1, 1, 3, 3, 5, 5, 5, 5, 5)[i % 10] for i in ids]
    texts = [
        f"{MOODS[rating]} {WORDS[i % 7]} {WORDS[i // 10 % 10]} {WORDS[i // 100 % 10]} number{i} at size{i} in shade{i}"
        for i, rating in zip(ids, ratings, strict=True)
    ]
    rows = {
        "review_id": list(ids), "product_id": [i // 10 % 7 for i in ids], "age": [20 + i // 10 * 31 % 50 for i in ids],
        "title": [None if i // 10 % 4 == 0 else "Dress" for i in ids], "text": texts, "rating": ratings,
        "recommended": [int(rating > 2) for rating in ratings], "positive_feedback": [i % 3 for i in ids],
        "division": "General", "department": department, "class_name": ["Knits" if i // 10 % 2 else None for i in ids],
    }  # fmt: skip
    return pd.DataFrame(rows).astype(DTYPES).assign(day=day)


def profiled(curated_rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as a profile counts them, split 70/10/20."""
    return described(curated_rows, validation=0.1, test=0.2)
