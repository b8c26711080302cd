"""The lake itself: its tables, what it keeps and how large it is."""

from typing import Literal

from reviewloop.refs.base import Ref


class TableRef(Ref):
    """A table that a crawl inferred. ``columns`` maps names to Hive types; partition keys are strings."""

    database: str
    table: str
    uri: str
    format: Literal["parquet", "csv", "json"]
    columns: dict[str, str]
    partition_keys: tuple[str, ...]
    num_files: int
    num_partitions: int


class RetainedRef(Ref):
    """What of the lake was superseded. ``num_due`` things (``due_bytes``) were to go; ``num_gone`` went, with ``apply`` alone.

    ``record_uri`` is the lake's own record of what was deleted; empty where nothing was.
    """

    num_found: int
    num_due: int
    due_bytes: int
    num_gone: int
    gone_bytes: int
    applied: bool
    record_uri: str = ""
    warnings: tuple[str, ...] = ()


class ExpiredLogsRef(Ref):
    """Log files that were older than ``retention.log_days``, and are deleted."""

    log_days: int
    num_files: int
    num_bytes: int


class SizesRef(Ref):
    """How large all stores together are; ``uri`` has each."""

    uri: str
    at: str
    num_objects: int
    num_bytes: int
