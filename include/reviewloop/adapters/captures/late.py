"""What was told of an answer on a later day than its own is brought to the day of the answer, as an object of its own."""

import logging
from collections.abc import Collection
from typing import Final

from reviewloop.adapters.catalog import athena
from reviewloop.adapters.lake import places, s3
from reviewloop.core.captures.records import LATE, LINES, Record, together, write_object
from reviewloop.core.digests import bytes_digest

log = logging.getLogger(__name__)

_MAX_IDS: Final = 1000
"""In one statement, which Athena takes up to 256 KB of."""
_MAX_ID: Final = 128
"""Characters of a request's id; ours have 32, and who tells of one may have made it up."""


def bring(day: str, orphans: Collection[Record]) -> tuple[frozenset[str], int]:
    """Write those that came in on ``day`` to the days of their answers; gives these days, and how many found none.

    The same records are the same object, however often they are brought.
    """
    ids = sorted({str(one["request_id"]) for one in orphans if len(one["request_id"]) <= _MAX_ID})
    found: dict[str, str] = {}
    for start in range(0, len(ids), _MAX_IDS):
        rows = athena.query("days_of_requests", request_ids=ids[start : start + _MAX_IDS])
        found |= dict(zip(rows["request_id"], rows["day"], strict=True))
    by_day: dict[str, list[Record]] = {}
    for one in orphans:
        if (other := found.get(one["request_id"], day)) != day:
            by_day.setdefault(other, []).append({**one, LATE: day})
    for other, records in by_day.items():
        body = write_object(LINES, together(records).values())
        s3.write_bytes(f"{places.captures_late(other)}{bytes_digest(body)[:16]}{LINES}", body, "application/gzip")
        log.info("%d records of %s tell of answers of %s", len(records), day, other)
    return frozenset(by_day), len(orphans) - sum(map(len, by_day.values()))
