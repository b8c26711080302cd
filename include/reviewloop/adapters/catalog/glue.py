"""The Glue catalog: tables of the lake, and which batch of each day counts.

A day's corrected delivery is a new batch. Registering it makes the day's older batches vanish from the catalog at once;
their files stay, so that what a model was trained on can still be read. Which batch counts is decided in ``days``; each
decision has a number, its generation, by which a registration that comes late is told from a new one.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config as BotoConfig
from botocore.exceptions import ClientError

from reviewloop.adapters.aws_errors import asking_aws, error_code
from reviewloop.errors import PermanentError, TransientError
from reviewloop.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

log = logging.getLogger(__name__)

PARTITION_KEYS = ("day", "batch")
AUDIT = "_audit"
"""How the name of a table ends in which batches are counted before they count."""
_STAMP = "reviewloop.registered_at_ns"
_GENERATION = "reviewloop.generation"
_LANDED = "reviewloop.landed_at"


@dataclass(frozen=True, order=True)
class Partition:
    """One registered batch of one day; its files lie under ``location``."""

    day: str
    batch: str
    location: str
    landed_at: str = ""
    """When the batch first landed, ISO 8601 in UTC; empty for what was registered before landings were kept."""


@lru_cache(maxsize=1)
def client() -> "GlueClient":
    """The process's Glue client, from the standard AWS environment."""
    return boto3.client("glue", config=BotoConfig(retries={"max_attempts": 5, "mode": "standard"}))


def register_partition(
    table: str,
    columns: Mapping[str, str],
    day: str,
    batch: str,
    location: str,
    comments: Mapping[str, str] | None = None,
    *,
    generation: int = 0,
    landed_at: str = "",
) -> None:
    """Make ``batch`` the day's only one in ``table``, unless one of a higher ``generation`` is there; idempotent.

    ``columns`` maps column names to Hive types (``bigint``, ``string`` ...), ``comments`` some of them to a line for the
    catalog. ``location`` must be ``<table root>/day=<day>/batch=<batch>``. Database and table are made or brought up to
    date as needed. The new batch is added before the old one goes: a reader sees one of them, never neither. Of equal
    generations the last registered is the newest.
    """
    root, fields = _root(day, batch, location), _fields(columns, comments or {})
    database = settings().database
    stamps = {_STAMP: str(time.time_ns()), _GENERATION: str(generation), _LANDED: landed_at}
    wanted: Any = {"Values": [day, batch], "StorageDescriptor": _storage(fields, location), "Parameters": stamps}
    with asking_aws(f"register {location} in Glue"):
        _ensure_table(database, table, fields, root)
        of_day = _of_day(database, table, day)
        newest = max(of_day, key=lambda name: _age(of_day[name]), default=None)
        if newest is None or (_age(of_day[newest])[0] <= generation and (newest != batch or _age(of_day[newest])[0] < generation)):
            _put(database, table, wanted, batch in of_day)
            log.info("Registered %s.%s day=%s batch=%s at %s", database, table, day, batch, location)
            of_day = _of_day(database, table, day)  # another task may have registered its own meanwhile: the newest stays
            newest = max(of_day, key=lambda name: _age(of_day[name]))
        for old in of_day.keys() - {newest}:
            _drop(database, table, day, old)
            log.info("Dropped %s.%s day=%s batch=%s: superseded by %s; its files stay", database, table, day, old, newest)


def add_partition(table: str, columns: Mapping[str, str], day: str, batch: str, location: str) -> None:
    """Add ``batch`` beside whatever the day has in ``table``; otherwise like ``register_partition``."""
    root, fields = _root(day, batch, location), _fields(columns, {})
    database = settings().database
    wanted: Any = {"Values": [day, batch], "StorageDescriptor": _storage(fields, location)}
    with asking_aws(f"register {location} in Glue"):
        _ensure_table(database, table, fields, root)
        _put(database, table, wanted, is_there=False)


def drop_partitions(table: str, day: str, batches: Collection[str] | None = None) -> None:
    """Take these batches of the day out of the table where they are there, without a list all of them; their files stay."""
    database = settings().database
    with asking_aws(f"drop partitions of {table} in Glue"):
        there = _of_day(database, table, day).keys()
        for batch in sorted(there if batches is None else there & set(batches)):
            _drop(database, table, day, batch)
            log.info("Dropped %s.%s day=%s batch=%s", database, table, day, batch)


def partitions(table: str) -> list[Partition]:
    """The current batch of every day, by day; the newest where two are there for a moment. Empty before the first."""
    current: dict[str, tuple[tuple[int, int], Partition]] = {}
    with asking_aws(f"list the partitions of {table} in Glue"):
        for found in registered(settings().database, table):
            day, batch = found["Values"]
            landed_at = found.get("Parameters", {}).get(_LANDED, "")
            entry = (_age(found), Partition(day, batch, found["StorageDescriptor"]["Location"], landed_at))
            current[day] = max(entry, current.get(day, entry))
    return [current[day][1] for day in sorted(current)]


def registered(database: str, table: str) -> list[dict[str, Any]]:
    """Every partition of the table as the catalog holds it; none where there is no such table."""
    try:
        pages = client().get_paginator("get_partitions").paginate(DatabaseName=database, TableName=table)
        return [dict(item) for page in pages for item in page["Partitions"]]
    except client().exceptions.EntityNotFoundException:
        return []


def partition_keys(table: str) -> tuple[str, ...]:
    """The names of the table's partition keys, in order, where all are strings, as ours and those of a crawl are; else none."""
    try:
        found = client().get_table(DatabaseName=settings().database, Name=table)["Table"]
    except client().exceptions.EntityNotFoundException:
        return ()
    keys = found.get("PartitionKeys", [])
    return tuple(key["Name"] for key in keys) if all(key.get("Type") == "string" for key in keys) else ()


def _age(partition: dict[str, Any]) -> tuple[int, int]:
    """Generation, and when it was registered: the greatest is the newest."""
    parameters = partition.get("Parameters", {})
    return int(parameters.get(_GENERATION, 0)), int(parameters.get(_STAMP, 0))


def _root(day: str, batch: str, location: str) -> str:
    """Where the table of this partition begins."""
    root, slash, folders = location.rpartition(f"/day={day}/")
    if not slash or folders != f"batch={batch}":
        raise PermanentError(f"{location}: the location of a partition must end with /day={day}/batch={batch}")
    return root


def _fields(columns: Mapping[str, str], comments: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind, "Comment": comments.get(name, "")} for name, kind in columns.items()]


def _of_day(database: str, table: str, day: str) -> dict[str, dict[str, Any]]:
    return {found["Values"][1]: found for found in registered(database, table) if found["Values"][0] == day}


def _put(database: str, table: str, wanted: Any, is_there: bool) -> None:
    if not is_there:
        unless("AlreadyExistsException", client().create_partition, DatabaseName=database, TableName=table, PartitionInput=wanted)
        return
    entries: Any = [{"PartitionValueList": wanted["Values"], "PartitionInput": wanted}]
    answer = client().batch_update_partition(DatabaseName=database, TableName=table, Entries=entries)
    for refused in answer.get("Errors", []):
        detail = refused.get("ErrorDetail", {})
        raise TransientError(f"update {'/'.join(wanted['Values'])} of {table} in Glue: {detail.get('ErrorMessage', detail)}")


def _drop(database: str, table: str, day: str, batch: str) -> None:
    unless(
        "EntityNotFoundException",
        client().delete_partition,
        DatabaseName=database,
        TableName=table,
        PartitionValues=[day, batch],
    )


def _ensure_table(database: str, table: str, fields: list[dict[str, str]], root: str) -> None:
    wanted: Any = {
        "Name": table,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in PARTITION_KEYS],
        "StorageDescriptor": _storage(fields, root),
    }
    try:
        storage = client().get_table(DatabaseName=database, Name=table)["Table"]["StorageDescriptor"]
    except client().exceptions.EntityNotFoundException:
        unless("AlreadyExistsException", client().create_database, DatabaseInput={"Name": database})
        unless("AlreadyExistsException", client().create_table, DatabaseName=database, TableInput=wanted)
        return
    if storage["Columns"] != fields or storage["Location"] != root:
        client().update_table(DatabaseName=database, TableInput=wanted)
        log.info("Brought the columns of %s.%s up to date", database, table)


def _storage(fields: list[dict[str, str]], location: str) -> dict[str, Any]:
    return {
        "Columns": fields,
        "Location": location,
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    }


def unless(code: str, call: Callable[..., Any], **arguments: Any) -> None:
    """Make the call; an error with this code means that another task did it first."""
    try:
        call(**arguments)
    except ClientError as error:
        if error_code(error) != code:
            raise
