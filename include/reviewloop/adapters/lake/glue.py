"""The Glue catalog: tables of the lake, and which batch of each day counts.

A day's corrected delivery is a new batch. Registering it makes the day's older batches vanish from the catalog at once;
their files stay, so that what a model was trained on can still be read.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.lake import s3
from reviewloop.errors import PermanentError
from reviewloop.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

log = logging.getLogger(__name__)

PARTITION_KEYS = ("day", "batch")
_STAMP = "reviewloop.registered_at_ns"


@dataclass(frozen=True, order=True)
class Partition:
    """One registered batch of one day; its files lie under ``location``."""

    day: str
    batch: str
    location: str


@lru_cache(maxsize=1)
def client() -> "GlueClient":
    """The process's Glue client, from the standard AWS environment."""
    return boto3.client("glue", config=BotoConfig(retries={"max_attempts": 5, "mode": "standard"}))


def register_partition(
    table: str, columns: Mapping[str, str], day: str, batch: str, location: str, comments: Mapping[str, str] | None = None
) -> None:
    """Make ``batch`` the day's only one in ``table``; idempotent.

    ``columns`` maps column names to Hive types (``bigint``, ``string`` ...), ``comments`` some of them to a line for the
    catalog. ``location`` must be ``<table root>/day=<day>/batch=<batch>``. Database and table are made or brought up to
    date as needed. The new batch is added before the old one goes: a reader sees one of them, never neither.
    """
    root, slash, folders = location.rpartition(f"/day={day}/")
    if not slash or folders != f"batch={batch}":
        raise PermanentError(f"{location}: the location of a partition must end with /day={day}/batch={batch}")
    database = settings().database
    fields = [{"Name": name, "Type": kind, "Comment": (comments or {}).get(name, "")} for name, kind in columns.items()]
    try:
        _ensure_table(database, table, fields, root)
        of_day = {found["Values"][1]: found for found in registered(database, table) if found["Values"][0] == day}
        newest = max(of_day, key=lambda name: _stamp(of_day[name]), default=None)
        if newest != batch:
            if batch in of_day:  # an older registration, left by a run that was killed between adding and dropping
                _drop(database, table, day, batch)
            partition: Any = {
                "Values": [day, batch],
                "StorageDescriptor": _storage(fields, location),
                "Parameters": {_STAMP: str(time.time_ns())},
            }
            unless(
                "AlreadyExistsException",
                client().create_partition,
                DatabaseName=database,
                TableName=table,
                PartitionInput=partition,
            )
            log.info("Registered %s.%s day=%s batch=%s at %s", database, table, day, batch, location)
        for old in of_day.keys() - {batch}:
            _drop(database, table, day, old)
            log.info(
                "Dropped %s.%s day=%s batch=%s from the catalog: superseded by %s; its files stay", database, table, day, old, batch
            )
    except (ClientError, BotoCoreError) as error:
        raise s3.aws_error(error, f"register {location} in Glue") from error


def partitions(table: str) -> list[Partition]:
    """The current batch of every day, by day; the last registered where two are there for a moment. Empty before the first."""
    current: dict[str, tuple[int, Partition]] = {}
    try:
        for found in registered(settings().database, table):
            day, batch = found["Values"]
            entry = (_stamp(found), Partition(day, batch, found["StorageDescriptor"]["Location"]))
            current[day] = max(entry, current.get(day, entry))
    except (ClientError, BotoCoreError) as error:
        raise s3.aws_error(error, f"list the partitions of {table} in Glue") from error
    return [current[day][1] for day in sorted(current)]


def registered(database: str, table: str) -> list[dict[str, Any]]:
    """Every partition of the table as the catalog holds it; none where there is no such table."""
    try:
        pages = client().get_paginator("get_partitions").paginate(DatabaseName=database, TableName=table)
        return [dict(item) for page in pages for item in page["Partitions"]]
    except client().exceptions.EntityNotFoundException:
        return []


def _stamp(partition: dict[str, Any]) -> int:
    return int(partition.get("Parameters", {}).get(_STAMP, 0))


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
        if error.response.get("Error", {}).get("Code") != code:
            raise
