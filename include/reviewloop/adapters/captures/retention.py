"""Days of captured requests that are older than they may be: what was made of them goes first, and the requests themselves last.

So a kill in the middle leaves a day that is found again.
"""

import logging
import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from reviewloop.adapters.captures import objects
from reviewloop.adapters.catalog import days, glue
from reviewloop.adapters.lake import places, s3

log = logging.getLogger(__name__)

_DAY: Final = re.compile(r"day=(\d{4}-\d{2}-\d{2})")


def oldest_kept(retention_days: int) -> str:
    """The first day that is kept: today, and so many days before it."""
    return (datetime.now(UTC).date() - timedelta(days=retention_days)).isoformat()


def expired(retention_days: int) -> list[str]:
    """Days of which something is kept that should not be, in order."""
    return sorted(day for day in _kept() if _is_date(day) and day < oldest_kept(retention_days))


def delete(day: str) -> int:
    """Delete the day's partition, what belongs to it and its requests; gives how many objects that were. Idempotent."""
    table = days.captures_table()
    days.forget(table, day)
    num = 0
    for prefix in (f"{places.captures(day)}/", places.captures_late(day), places.captures_collected(day), _raw(day)):
        num += sum(1 for _ in s3.list_uris(prefix))
        s3.remove(prefix)
    log.info("captures of %s: %d objects are deleted", day, num)
    return num


def _raw(day: str) -> str:
    return places.captured(f"day={day}/")


def _kept() -> set[str]:
    made = {found[1] for uri in s3.list_uris(places.captures_root()) if (found := _DAY.search(uri))}
    return made | set(objects.days()) | {partition.day for partition in glue.partitions(days.captures_table().name)}


def _is_date(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
