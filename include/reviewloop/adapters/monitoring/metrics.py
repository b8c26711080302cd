"""The Glue table ``metrics``: one batch a monitored day, and all days as a frame for the pages made of it."""

import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import pandas as pd

from reviewloop.adapters.catalog import days, glue
from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.lake.frames import to_parquet
from reviewloop.core.monitoring.metrics.table import COLUMNS, frame

if TYPE_CHECKING:
    from pyarrow import Table

_FILE: Final = "metrics.parquet"
_READERS: Final = 10
"""Days that are read at once: as many as the client keeps connections."""
_REPEATING: Final = [name for name, kind in COLUMNS.items() if kind == "string" and name != "words"]


def standing(day: str) -> days.Standing:
    """Which rows of the day count now."""
    return days.standing(days.metrics_table().name, day)


def publish(seen: days.Standing, rows: pd.DataFrame, meta: Mapping[str, str]) -> artifacts.Artifact:
    """Let these rows be the day's, in the place of what ``seen`` says; idempotent. Raises what ``days.publish`` raises."""
    made = artifacts.publish(places.metrics(seen.day), {_FILE: to_parquet(rows)}, meta, folder="batch={digest}")
    days.publish(seen, days.metrics_table(), made.uri.rpartition("batch=")[2], made.uri, landed_at="")
    return made


def read(num_days: int) -> pd.DataFrame:
    """The newest ``num_days`` monitored days, oldest first, with their ``day``; what repeats is categorical. Not to be changed.

    A batch never changes, so each is read once by a process, and the same days are the same frame.
    """
    return _frame(
        tuple((found.day, found.location.rstrip("/")) for found in glue.partitions(days.metrics_table().name)[-num_days:])
    )


@lru_cache(maxsize=2)
def _frame(batches: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    import pyarrow as pa

    if not batches:
        return frame([]).assign(day=pd.Series(dtype="object"))
    with ThreadPoolExecutor(_READERS) as pool:
        whole = pa.concat_tables(pool.map(_table, batches)).unify_dictionaries()
    found: pd.DataFrame = whole.to_pandas()
    return found


@lru_cache(maxsize=1000)
def _table(batch: tuple[str, str]) -> "Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    day, location = batch
    found = pq.read_table(io.BytesIO(s3.read_bytes(f"{location}/{_FILE}")), read_dictionary=_REPEATING, use_threads=False)
    days_of = pa.DictionaryArray.from_arrays(pa.array([0] * len(found), pa.int32()), pa.array([day]))
    return found.append_column("day", days_of)
