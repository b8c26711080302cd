"""What can be asked of the lake: the tables of the Glue catalog, each column with its type and what it means."""

from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters.aws_errors import aws_error
from reviewloop.adapters.catalog import glue
from reviewloop.settings import settings

_PARTITIONS: Final = {"day": "of the delivery, YYYY-MM-DD", "batch": "the delivery that counts for the day"}
"""What our own partition keys mean; the catalog keeps no comment on a key."""


@dataclass(frozen=True)
class Column:
    """A column: its type in Hive's words, and its comment, which may be empty."""

    name: str
    type: str
    comment: str


def list_tables() -> dict[str, list[Column]]:
    """Table -> its columns in order, partition keys last; tables by name. Empty before anything was ingested.

    Audit tables are left out: they hold what was refused and what was superseded.
    """
    try:
        pages = glue.client().get_paginator("get_tables").paginate(DatabaseName=settings().database)
        found = [table for page in pages for table in page["TableList"] if not table["Name"].endswith(glue.AUDIT)]
    except glue.client().exceptions.EntityNotFoundException:
        return {}
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, f"list the tables of {settings().database} in Glue") from error
    listed = {}
    for table in sorted(found, key=lambda table: table["Name"]):
        columns = [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]
        listed[table["Name"]] = [
            Column(item["Name"], item.get("Type", ""), item.get("Comment") or _PARTITIONS.get(item["Name"], "")) for item in columns
        ]
    return listed
