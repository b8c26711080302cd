"""The point-in-time join: of each key the values that were known at a time, by event time and by knowledge time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.errors import PermanentError

EVENT: Final = "event_timestamp"
"""When it was so, UTC."""
CREATED: Final = "created_timestamp"
"""When the store knew of it, UTC."""
TAKEN_BACK: Final = "taken_back"
"""Of a row that says that there is nothing any more: the review was withdrawn, or its words were erased."""
TIME: Final = "datetime64[us, UTC]"


def in_utc(times: "pd.Series[pd.Timestamp]", name: str) -> "pd.Series[pd.Timestamp]":
    """The times in UTC, to the microsecond. Raises ``PermanentError`` where they carry no zone: nobody should guess it."""
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        raise PermanentError(f"{name}: {times.dtype} carries no time zone; give times with one, such as 2026-01-02T00:00:00+00:00")
    return times.dt.tz_convert("UTC").astype(TIME)


def as_of(held: pd.DataFrame, asked: pd.DataFrame, key: str, features: Sequence[str], ttl: timedelta | None) -> pd.DataFrame:
    """``asked`` (``key``, ``EVENT``, any other columns) with ``features`` beside it: the same rows in the same order.

    A value counts at a time t where it was so (``EVENT``) and known (``CREATED``) at t or before, and is no older than ``ttl``,
    both ends included. The latest by event time counts; of equal ones the one that was known last. Where none does, and where what
    counts was taken back, the features are missing.
    """
    times = in_utc(asked[EVENT], EVENT)
    order = held.sort_values([EVENT, CREATED], kind="stable").reset_index(drop=True)
    # Visible from the later of its two times on. Of what is visible the last in `order` counts: a running maximum of the places.
    seen = pd.DataFrame({"key": order[key], "from": order[[EVENT, CREATED]].max(axis=1).astype(TIME), "place": order.index})
    seen = seen.sort_values("from", kind="stable")
    seen["place"] = seen.groupby("key")["place"].cummax()
    wanted = pd.DataFrame({"key": asked[key].array, "from": times.array, "row": np.arange(len(asked))})
    wanted = wanted.dropna(subset=["key", "from"]).astype({"key": seen["key"].dtype}).sort_values("from", kind="stable")
    found = pd.merge_asof(wanted, seen, on="from", by="key").dropna(subset="place").astype({"place": "int64"})
    values = order.loc[found["place"]].set_axis(found["row"].to_numpy())
    if ttl:
        values = values[values[EVENT] >= found.set_index("row")["from"] - ttl]
    values = values[~values[TAKEN_BACK]].reindex(np.arange(len(asked)))
    return asked.assign(**{name: values[name].set_axis(asked.index) for name in features})


def latest(held: pd.DataFrame, key: str) -> pd.DataFrame:
    """The row of each key that counts once all is known, taken back or not, by key."""
    return held.sort_values([EVENT, CREATED], kind="stable").drop_duplicates(key, keep="last").sort_values(key, ignore_index=True)
