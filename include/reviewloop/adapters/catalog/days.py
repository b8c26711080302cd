"""Which batch of a day counts in a table: write, audit, publish.

Files that were written count for nothing. They are audited first, in a table beside the one that is read (``audit``), and
published last. An object for each table and day names the batch that counts; it is compared and set, so that of two tasks one
moves it and the other looks again. Glue follows the object.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from reviewloop.adapters.catalog import athena, glue
from reviewloop.adapters.lake import claims, places
from reviewloop.adapters.lake.claims import Claim
from reviewloop.contracts import load_contract
from reviewloop.core.captures import rows
from reviewloop.core.lake.statements import TableName
from reviewloop.core.monitoring.metrics import table as metrics
from reviewloop.core.monitoring.predictions import COLUMNS, COMMENTS
from reviewloop.errors import TransientError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DayTable:
    """A Glue table with one batch a day: its columns with their Hive types, and a line on each."""

    name: str
    columns: Mapping[str, str]
    comments: Mapping[str, str]


def reviews_table() -> DayTable:
    """The curated reviews; the columns are the contract's."""
    contract = load_contract()
    return DayTable("reviews", contract.hive_types(), contract.comments())


def predictions_table() -> DayTable:
    """What champions answered to them."""
    return DayTable("predictions", COLUMNS, COMMENTS)


def captures_table() -> DayTable:
    """What the endpoint answered, by the day of the request."""
    return DayTable("captures", rows.COLUMNS, rows.COMMENTS)


def metrics_table() -> DayTable:
    """What is known of each monitored day."""
    return DayTable("metrics", metrics.COLUMNS, metrics.COMMENTS)


@dataclass(frozen=True)
class Standing:
    """What counts for a day in a table, as it was when somebody looked. ``batch`` is None where nothing counts yet."""

    table: str
    day: str
    batch: str | None
    landed_at: str
    """When the delivery landed that it comes from; empty for what was published before landings were kept."""
    generation: int
    claim: Claim | None


def standing(table: str, day: str) -> Standing:
    """What counts for the day now. Without an object of its own (an older lake), it is what Glue lists."""
    claim = claims.read(places.current(table, day))
    if claim is not None:
        note = claim.note
        return Standing(table, day, note["batch"], note["landed_at"], note["generation"], claim)
    listed = next((found.batch for found in glue.partitions(table) if found.day == day), None)
    return Standing(table, day, listed, "", 0, None)


def audit(table: DayTable, query: str, day: str, batch: str, location: str) -> "pd.Series[int]":
    """The one row of ``include/sql/<query>.sql`` over a batch that is not published, as Athena reads it.

    Athena reads what Glue lists. So the batch is listed in the audit table, which holds every batch ever audited, those that
    were refused too, and which nothing else reads. Nothing is taken from it but what was deleted (``forget``): two audits cannot
    disturb each other.
    """
    beside = f"{table.name}{glue.AUDIT}"
    glue.add_partition(beside, table.columns, day, batch, location)
    return athena.query(query, table=TableName(beside), day=day, batches=[batch]).iloc[0]


def publish(seen: Standing, table: DayTable, batch: str, location: str, landed_at: str, first_landed_at: str = "") -> None:
    """Let ``batch`` count for the day from now on, in the place of what ``seen`` says; idempotent.

    ``first_landed_at`` is when these rows landed for the first time. Raises ``TransientError`` where something else came to
    count since ``seen`` was looked up: a retry sees it and decides again.
    """
    generation = seen.generation if seen.claim and seen.batch == batch else seen.generation + 1
    note = {"batch": batch, "landed_at": landed_at, "generation": generation}
    if seen.claim is None or seen.claim.note != note:
        place = places.current(seen.table, seen.day)
        claim = claims.update(seen.claim, **note) if seen.claim else claims.take(place, **note)
        if claim is None:
            raise TransientError(f"{seen.table} of {seen.day}: another batch came to count meanwhile; a retry looks again")
    glue.register_partition(
        table.name, table.columns, seen.day, batch, location, table.comments, generation=generation, landed_at=first_landed_at
    )


def forget(table: DayTable, day: str, batches: Collection[str] | None = None) -> None:
    """Take batches out of the catalog whose files are about to be deleted, also of those that were audited; without a list the
    whole day."""
    for name in (table.name, f"{table.name}{glue.AUDIT}"):
        glue.drop_partitions(name, day, batches)
