"""Rows of captured reviews, as ``include/sql/rollout_reviews.sql`` gives them, without a lake."""

from typing import Any

import pandas as pd

from reviewloop.core.captures.rows import capture_rows

NO_RATINGS = pd.DataFrame({"review_day": [], "review_id": [], "rating": []})


def selected(*records: dict[str, Any]) -> pd.DataFrame:
    """The rows of these records; numbers are theirs in order."""
    rows = capture_rows({"spool": "a", "seq": at, "dropped": 0, **record} for at, record in enumerate(records, start=1))
    lengths = rows["title"].str.len().fillna(0) + rows["text"].str.len().fillna(0)
    return rows.assign(num_chars=lengths.astype("int64"), unit=rows["unit"].fillna(rows["request_id"]))


def ratings(*known: tuple[str, int, int]) -> pd.DataFrame:
    """Stars by the review's day and id."""
    return pd.DataFrame(known, columns=["review_day", "review_id", "rating"])
