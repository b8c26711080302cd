"""What comes in an hour, by the endpoint's captured objects of the last day."""

import gzip
import json
import logging
import math
import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from reviewloop.adapters.lake import places, s3
from reviewloop.core.rollout.forecast import Traffic

log = logging.getLogger(__name__)

_NAME: Final = re.compile(r"/(?P<first>\d+)-(?P<last>\d+)\.jsonl\.gz$")
"""Numbers of the first and the last record that an object holds."""
_MOST_READ: Final = 40
"""Objects that are opened, evenly over the day: the others' names say how many records they hold, and these say of what kind."""


def read_traffic(now: datetime, hours: float = 24, ignored_callers: Collection[str] = ()) -> Traffic:
    """Requests answered, and reviews labelled, in an hour: the mean over ``hours`` before ``now``, nights and all.

    Requests of ``ignored_callers`` are none. Exact up to ``_MOST_READ`` objects; of
    more, the rest are taken to be as these are. Without any there is no traffic.
    """
    since = now - timedelta(hours=hours)
    days = sorted({moment.date().isoformat() for moment in (since, now)})
    found = [(uri, match) for day in days for uri in s3.list_uris(places.captured(f"day={day}/")) if (match := _NAME.search(uri))]
    counts, num_read = Counter[str](), 0
    for uri, _ in found[:: math.ceil(len(found) / _MOST_READ) or 1]:
        records = list(_records(uri))
        num_read += len(records)
        counts.update(
            _kind(record)
            for record in records
            if str(record.get("received_at", "")) >= since.isoformat() and record.get("caller") not in ignored_callers
        )
    num_all = sum(int(match["last"]) - int(match["first"]) + 1 for _, match in found)
    scale = num_all / num_read if num_read else 0.0
    return Traffic(counts["answer"] * scale / hours, counts["feedback"] * scale / hours)


def _kind(record: dict[str, Any]) -> str:
    return str(record.get("event", "answer"))  # what was captured before there were rollouts are answers


def _records(uri: str) -> Iterator[dict[str, Any]]:
    try:
        found = [json.loads(line) for line in gzip.decompress(s3.read_bytes(uri)).splitlines()]
        yield from (record for record in found if isinstance(record, dict))
    except (OSError, EOFError, zlib.error, ValueError):
        log.warning("%s cannot be read; it counts as nothing", uri)
