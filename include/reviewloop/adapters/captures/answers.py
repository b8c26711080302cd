"""What the endpoint answered, from the Glue table ``captures``, for those who watch it: each answer once, and no erased one."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

import pandas as pd

from reviewloop.adapters.catalog import days, glue, unload
from reviewloop.core.captures.rows import DTYPES

_FIRST: Final = "first_request"
"""The smallest id of the requests that got an answer."""


def answers_to(reviewed: Collection[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Answers to reviews of these days (of their delivery): to those that callers named by day and id, and to the same words from
    whoever sent them. Beside them the batches of captured requests that were looked through: from the day before the first on.

    Columns as in ``captures``, with ``first_request``.
    """
    since = (date.fromisoformat(min(reviewed)) - timedelta(days=1)).isoformat()
    kept = [part for part in glue.partitions(days.captures_table().name) if part.day >= since]
    if not kept:
        return pd.DataFrame({name: pd.Series(dtype=DTYPES.get(name, "string")) for name in _ANSWERS}), ()
    rows = unload.query_frame("answers_to_days", first_day=since, days=sorted(reviewed))
    return _typed(rows), tuple(part.batch for part in kept)


def traffic_of(day: str, most: int) -> pd.DataFrame:
    """What the champion was asked on the day (UTC), with its answers: at most so many rows, those of the smallest request ids.

    Ids are drawn at random where callers do not make their own. Columns as in ``captures``, with ``first_request``.
    """
    if not any(part.day == day for part in glue.partitions(days.captures_table().name)):
        return pd.DataFrame({name: pd.Series(dtype=DTYPES.get(name, "string")) for name in _TRAFFIC})
    rows = unload.query_frame("traffic_of_day", day=day, most=most)
    return _typed(rows).sort_values([_FIRST, "text"]).reset_index(drop=True)


_PROBABILITIES: Final = ("p_negative", "p_neutral", "p_positive")
_ANSWERS: Final = ("title", "text", "review_day", "review_id", "digest", "form", *_PROBABILITIES, _FIRST)
_TRAFFIC: Final = ("title", "text", "version", "digest", "form", "sentiment", *_PROBABILITIES, _FIRST)


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """A column without a value has no type of its own in what Athena gives."""
    return rows.astype({str(name): DTYPES.get(str(name), "string") for name in rows})
