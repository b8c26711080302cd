"""The ledger in segments of a thousand events, the newest in small ones, an object each: what reads very many events in a second.

Derived and rebuildable: a segment is made of the events' own objects by whoever has read them, written once, and never trusted
over them. What it holds is believed as far as the chain goes on from it to an event that was read from the ledger itself; where it
does not, its events are read one by one.
"""

import gzip
import logging
import zlib
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from reviewloop.adapters.lake import places, s3
from reviewloop.core.release.events import object_name
from reviewloop.core.release.lines import Lines, sound
from reviewloop.errors import PermanentError, ReviewloopError

log = logging.getLogger(__name__)

SIZE: Final = 1000
"""Events of a segment."""
SMALL: Final = 50
"""Events of a segment of the newest, too few for a whole one; ``SIZE`` is a multiple of it."""
_AT_ONCE: Final = 16


def read() -> Lines:
    """Every event, checked; the newest may be missing, as in ``ledger.read_unwitnessed``: nobody else is asked.

    Raises ``PermanentError`` that names the event which is missing or was changed.
    """
    stored = {uri.rpartition("/")[2] for uri in s3.list_uris(places.ledger_segment())}
    known, digests = _believed(stored)
    after = object_name(len(known)) if known else ""
    prefix = places.ledger()
    uris = [stored.uri for stored in s3.list_objects(prefix, after=after)]
    for at, uri in enumerate(uris, start=len(known) + 1):
        if uri != prefix + object_name(at):
            raise PermanentError(f"ledger: event {object_name(at)} is missing before {uri}; restore it from a backup")
    lines = Lines([*known, *_read(uris)], digests)
    _keep(lines, stored)
    return lines


def _believed(stored: Collection[str]) -> tuple[list[bytes], list[str]]:
    """The events of the segments and their digests, as far as they are a chain that the ledger's own objects go on."""
    ranges = list(_without_a_gap(stored))
    lines: list[bytes] = []
    digests: list[str] = []
    for (first, last), data in zip(ranges, _read([places.ledger_segment(_name(*one)) for one in ranges]), strict=True):
        try:
            held = gzip.decompress(data).splitlines()
        except (OSError, EOFError, zlib.error):
            held = []
        num_sound, found = sound(held, digests[-1] if digests else "", first + 1)
        if not len(held) == num_sound == last - first:
            uri = places.ledger_segment(_name(first, last))
            log.warning("%s is not what the ledger holds, and is not believed; delete it", uri)
            break
        lines += held
        digests += found
    if lines and not _goes_on(lines):
        log.warning("%s does not lead to the ledger's own events: none of the segments is believed", places.ledger_segment())
        return [], []
    return lines, digests


def _without_a_gap(stored: Collection[str]) -> Iterator[tuple[int, int]]:
    """First and last place of the stored segments, from 0 on; a small one of what a whole one holds by now is passed over."""
    at = 0
    while size := next((size for size in (SIZE, SMALL) if _name(at, at + size) in stored), 0):
        yield at, at + size
        at += size


def _goes_on(lines: Sequence[bytes]) -> bool:
    """Whether the segments' last event is the very one that the ledger holds."""
    uri = places.ledger(object_name(len(lines)))
    return s3.exists(uri) and s3.read_bytes(uri) == lines[-1]


def _keep(lines: Lines, stored: Collection[str]) -> None:
    """Make the segments that are due. Who may not write to the ledger leaves them to somebody else."""
    whole = len(lines) // SIZE * SIZE
    starts = [(at, SIZE) for at in range(0, whole, SIZE)] + [(at, SMALL) for at in range(whole, len(lines) - SMALL + 1, SMALL)]
    for first, last in ((at, at + size) for at, size in starts):
        if _name(first, last) in stored:
            continue
        data = gzip.compress(b"\n".join(lines.stored(first, last)), mtime=0)
        try:
            s3.create(places.ledger_segment(_name(first, last)), data, "application/gzip")
        except ReviewloopError as error:
            log.info("the segments of the ledger are not kept: %s", error)
            return


def _name(first: int, last: int) -> str:
    """Of the events from place ``first`` (from 0) up to ``last``, that one left out."""
    return f"{first + 1:08d}-{last:08d}.jsonl.gz"


def _read(uris: Sequence[str]) -> list[bytes]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(s3.read_bytes, uris))
