"""Tables in the Glue catalog that a crawl inferred: columns, partitions and reader kept as the files are now."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import asking_aws, aws_error
from reviewloop.adapters.catalog import glue
from reviewloop.errors import PermanentError
from reviewloop.refs import TableRef
from reviewloop.settings import settings

log = logging.getLogger(__name__)

_MARK: Final = "reviewloop.crawled"
"""Parameter of the tables that a crawl made. It never touches another one."""
_HIVE = "org.apache.hadoop.hive."
_TEXT = ("org.apache.hadoop.mapred.TextInputFormat", f"{_HIVE}ql.io.HiveIgnoreKeyTextOutputFormat")
_READERS: Final = {
    "parquet": (f"{_HIVE}ql.io.parquet.MapredParquetInputFormat", f"{_HIVE}ql.io.parquet.MapredParquetOutputFormat",
                f"{_HIVE}ql.io.parquet.serde.ParquetHiveSerDe"),
    "csv": (*_TEXT, f"{_HIVE}serde2.OpenCSVSerde"),
    "json": (*_TEXT, "org.openx.data.jsonserde.JsonSerDe"),
}  # fmt: skip
"""Format -> input format, output format and reader."""


def register(table: TableRef, partitions: Mapping[tuple[str, ...], str], dialect: Mapping[str, str]) -> None:
    """Make the catalog hold ``table`` with exactly these partitions; idempotent.

    ``partitions`` maps values to URIs; ``dialect`` is that of CSV files. Raises ``PermanentError`` where the name belongs to
    a table that no crawl made.
    """
    with asking_aws(f"register {table.table} in Glue"):
        _put_table(table, dialect)
        if table.partition_keys:
            _put_partitions(table, partitions, dialect)


def require_free(table: str) -> None:
    """Raises ``PermanentError`` where ``table`` is there and no crawl made it."""
    try:
        found = glue.client().get_table(DatabaseName=settings().database, Name=table)["Table"]
    except glue.client().exceptions.EntityNotFoundException:
        return
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, f"look up {table} in Glue") from error
    if found.get("Parameters", {}).get(_MARK) != "true":
        raise PermanentError(f"table: {table!r} is there already and was not made by a crawl; give another name")


def _put_table(table: TableRef, dialect: Mapping[str, str]) -> None:
    require_free(table.table)
    wanted: Any = {
        "Name": table.table,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": table.format, _MARK: "true"}
        | ({"skip.header.line.count": "1"} if table.format == "csv" else {}),
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.partition_keys],
        "StorageDescriptor": _storage(table, table.uri, dialect),
    }
    database = table.database
    glue.unless("AlreadyExistsException", glue.client().create_database, DatabaseInput={"Name": database})
    try:
        found = glue.client().get_table(DatabaseName=database, Name=table.table)["Table"]
    except glue.client().exceptions.EntityNotFoundException:
        glue.unless("AlreadyExistsException", glue.client().create_table, DatabaseName=database, TableInput=wanted)
        return
    if [key["Name"] for key in found.get("PartitionKeys", [])] != list(table.partition_keys):
        glue.client().delete_table(DatabaseName=database, Name=table.table)  # Glue cannot change the keys of a table
        glue.client().create_table(DatabaseName=database, TableInput=wanted)
    else:
        glue.client().update_table(DatabaseName=database, TableInput=wanted)


def _put_partitions(table: TableRef, partitions: Mapping[tuple[str, ...], str], dialect: Mapping[str, str]) -> None:
    database, name = table.database, table.table
    there = {tuple(found["Values"]): found["StorageDescriptor"] for found in glue.registered(database, name)}
    for values, uri in partitions.items():
        wanted: Any = {"Values": list(values), "StorageDescriptor": _storage(table, uri, dialect)}
        if there.get(values) == wanted["StorageDescriptor"]:
            continue
        if values in there:  # made anew rather than updated: not every endpoint can update
            glue.client().delete_partition(DatabaseName=database, TableName=name, PartitionValues=list(values))
        glue.client().create_partition(DatabaseName=database, TableName=name, PartitionInput=wanted)
    for values in there.keys() - partitions.keys():
        glue.client().delete_partition(DatabaseName=database, TableName=name, PartitionValues=list(values))
        log.info("Dropped partition %s of %s: no file of it is left", "/".join(values), name)


def _storage(table: TableRef, location: str, dialect: Mapping[str, str]) -> dict[str, Any]:
    read, write, library = _READERS[table.format]
    options = {"separatorChar": dialect["delimiter"], "quoteChar": dialect["quote"]} if table.format == "csv" else {}
    return {
        "Columns": [{"Name": name, "Type": kind} for name, kind in table.columns.items()],
        "Location": location,
        "InputFormat": read,
        "OutputFormat": write,
        "SerdeInfo": {"SerializationLibrary": library, "Parameters": options},
    }
