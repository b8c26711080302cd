"""The ledger in segments of a thousand events, an object each: what reads all of very many events in a second.

Derived and rebuildable: a segment is made of the events' own objects by whoever has read them, written once, and never trusted
over them. What it holds is believed as far as the chain goes on from it to an event that was read from the ledger itself; where it
does not, its events are read one by one.
"""

import gzip
import logging
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from reviewloop.adapters.lake import places, s3
from reviewloop.core.digests import bytes_digest
from reviewloop.core.release.events import object_name
from reviewloop.core.release.lines import Lines, sound
from reviewloop.errors import PermanentError, ReviewloopError

log = logging.getLogger(__name__)

SIZE: Final = 1000
"""Events of a segment."""
_AT_ONCE: Final = 16


def read() -> Lines:
    """Every event, checked; the newest may be missing, as in ``ledger.read_unwitnessed``: nobody else is asked.

    Raises ``PermanentError`` that names the event which is missing or was changed.
    """
    known = _believed()
    after = object_name(len(known)) if known else ""
    prefix = places.ledger()
    uris = [stored.uri for stored in s3.list_objects(prefix, after=after)]
    for at, uri in enumerate(uris, start=len(known) + 1):
        if uri != prefix + object_name(at):
            raise PermanentError(f"ledger: event {object_name(at)} is missing before {uri}; restore it from a backup")
    lines = Lines([*known, *_read(uris)])
    _keep(len(known), lines)
    return lines


def _believed() -> list[bytes]:
    """The events of the segments, as far as they are a chain that the ledger's own objects go on."""
    stored = sorted(s3.list_uris(places.ledger_segment()))
    lines: list[bytes] = []
    for at, (uri, data) in enumerate(zip(stored, _read(stored), strict=True)):
        try:
            held = gzip.decompress(data).splitlines()
        except (OSError, EOFError, zlib.error):
            held = []
        before = bytes_digest(lines[-1]) if lines else ""
        if uri != places.ledger_segment(_name(at)) or len(held) != SIZE or sound(held, before, len(lines) + 1)[0] != SIZE:
            log.warning("%s is not what the ledger holds, and is not believed; delete it", uri)
            break
        lines += held
    if lines and not _goes_on(lines):
        log.warning("%s does not lead to the ledger's own events: none of the segments is believed", places.ledger_segment())
        return []
    return lines


def _goes_on(lines: Sequence[bytes]) -> bool:
    """Whether the segments' last event is the very one that the ledger holds."""
    uri = places.ledger(object_name(len(lines)))
    return s3.exists(uri) and s3.read_bytes(uri) == lines[-1]


def _keep(num_known: int, lines: Lines) -> None:
    """Make the segments that are due. Who may not write to the ledger leaves them to somebody else."""
    for at in range(num_known // SIZE, len(lines) // SIZE):
        data = gzip.compress(b"\n".join(lines.stored(at * SIZE, (at + 1) * SIZE)), mtime=0)
        try:
            s3.create(places.ledger_segment(_name(at)), data, "application/gzip")
        except ReviewloopError as error:
            log.info("the segments of the ledger are not kept: %s", error)
            return


def _name(at: int) -> str:
    return f"{at * SIZE + 1:08d}-{(at + 1) * SIZE:08d}.jsonl.gz"


def _read(uris: Sequence[str]) -> list[bytes]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(s3.read_bytes, uris))
