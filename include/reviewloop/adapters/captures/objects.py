"""The endpoint's objects under ``captured/``: listed, read, and rewritten where words are to be erased."""

import logging
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from reviewloop.adapters.lake import places, s3
from reviewloop.core.captures.erasure import Erasure, erased
from reviewloop.core.captures.records import is_captured, read_object, write_object

log = logging.getLogger(__name__)

_DAY: Final = re.compile(r"day=(\d{4}-\d{2}-\d{2})")
_AT_ONCE: Final = 16
"""Objects that are read, and held, at once; the endpoint makes them of about a megabyte."""


@dataclass
class Reading:
    """What an object holds. ``num_erased`` reviews of it were erased just now, in the objects of ``rewritten``: it, or none."""

    records: list[Mapping[str, Any]] = field(default_factory=list)
    num_unreadable: int = 0
    num_erased: int = 0
    rewritten: list[str] = field(default_factory=list)


def days() -> list[str]:
    """Every day of which there are captured objects, in order."""
    return sorted({found[1] for name in s3.list_folders(places.captured()) if (found := _DAY.fullmatch(name))})


def listed(day: str) -> dict[str, str]:
    """URI -> ETag of the day's objects: the endpoint's, and what was brought here from later days."""
    prefixes = (places.captured(f"day={day}/"), places.captures_late(day))
    return {found.uri: found.etag for prefix in prefixes for found in s3.list_objects(prefix) if is_captured(found.uri)}


def read(uris: Collection[str], erasures: Collection[Erasure]) -> Iterator[Reading]:
    """The records of these objects, in order, an object each. What is to be erased of them leaves the object itself first."""
    ordered = sorted(uris)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start in range(0, len(ordered), _AT_ONCE):  # a pool that is told of all reads ahead, and holds all
            some = ordered[start : start + _AT_ONCE]
            for uri, one in zip(some, pool.map(lambda uri: _read(uri, erasures), some), strict=True):
                if one.num_unreadable:
                    log.error("%s: %d lines are no captured records and were left out", uri, one.num_unreadable)
                yield one


def _read(uri: str, erasures: Iterable[Erasure]) -> Reading:
    records, num_unreadable = read_object(uri, s3.read_bytes(uri))
    pairs = [erased(record, erasures) for record in records]
    kept, num_erased = [record for record, _ in pairs], sum(num for _, num in pairs)
    if not num_erased:
        return Reading(kept, num_unreadable)
    s3.write_bytes(uri, write_object(uri, kept), "application/gzip")
    return Reading(kept, num_unreadable, num_erased, [uri])
