"""Days that the warehouse does not hold as the lake does."""

import logging

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.warehouse.batches import TABLES, loaded
from reviewloop.errors import NothingToDo
from reviewloop.refs import UnloadedRef
from reviewloop.steps.warehouse._configured import configured

log = logging.getLogger(__name__)


def find_unloaded(day: str | None = None, most: int = 1024) -> list[UnloadedRef]:
    """Of every table each day of which another batch counts in the lake than the warehouse has, the newest first, at most ``most``.

    By what is there, and not by what was told: a day whose event was lost, that was corrected, or of which words were erased, is
    found all the same. With ``day`` it is that day (``YYYY-MM-DD``), also where it is loaded. Raises ``NothingToDo`` where
    there is none, or no warehouse.
    """
    warehouse = configured()
    counting = {(table, one.day): one.batch for table in TABLES for one in glue.partitions(table)}
    if day:
        chosen = [key for key in counting if key[1] == day]
    else:
        there = loaded(warehouse)
        chosen = [key for key, batch in counting.items() if key not in there or there[key].batch != batch]
    found = [UnloadedRef.model_validate({"table": table, "day": one}) for table, one in chosen]
    if not found:
        raise NothingToDo(f"day: {day!r} is in no table of the lake" if day else "the warehouse holds every day as the lake does")
    newest = sorted(found, key=lambda one: one.day, reverse=True)
    log.info("%d days to load, of them now %d", len(newest), min(most, len(newest)))
    return newest[:most]
