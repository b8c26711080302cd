"""Batches that another one of the same day has superseded are deleted: they hold what customers wrote, and a day has many."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from reviewloop.adapters.catalog import days
from reviewloop.adapters.catalog.days import DayTable
from reviewloop.adapters.lake import places, s3

log = logging.getLogger(__name__)

GRACE: Final = timedelta(hours=1)
"""A query that began before the batch was superseded has ended by then."""


def remove(table: DayTable, day: str, current: str, *, at_once: bool = False) -> None:
    """Delete the day's batches but ``current``, with their partitions; the youngest only ``at_once``, after an erasure."""
    root = f"{places.captures(day)}/batch="
    youngest: dict[str, datetime] = {}
    for found in s3.list_objects(root):
        batch = found.uri.removeprefix(root).partition("/")[0]
        youngest[batch] = max(found.modified, youngest.get(batch, found.modified))
    before = datetime.now(UTC) - GRACE
    gone = [batch for batch, written in youngest.items() if batch != current and (at_once or written < before)]
    if gone:
        days.forget(table, day, gone)
    for batch in gone:
        s3.remove(f"{root}{batch}/")
        log.info("captures of %s: batch %s was superseded by %s and is deleted", day, batch, current)
