"""Every request and its answer, kept for the monitor and for labelling: on this disk at once, in the lake within seconds.

Segments of the spool become objects ``captured/day=.../<spool>/<first>-<last>.jsonl.gz``, each written once however often it is
tried. While the lake is away they wait on the disk; what a killed process left there, whichever lives ships.
"""

import gzip
import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.lake import places, s3
from reviewloop.errors import PermanentError, TransientError
from reviewloop.serving.captures import spool
from reviewloop.serving.captures.spool import Spool

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds between two tries to reach the lake."""


@dataclass(frozen=True)
class CaptureState:
    """``written`` is in the lake, ``waiting`` on this disk or on its way to it, ``dropped`` is lost. Of this process alone."""

    written: int
    waiting: int
    dropped: int


class Capture:
    """A spool and the thread that ships it; ``put`` never waits. ``observe`` hears of every record."""

    def __init__(self, folder: Path, max_bytes: int, observe: Callable[[Mapping[str, Any]], None] = lambda _: None) -> None:
        self._root = folder
        self._spool = Spool(folder, max_bytes)
        self._observe = observe
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._ship_on, name="capture", daemon=True)
        self._written = self._refused = 0

    def start(self) -> None:
        """Begin to write and to ship."""
        self._spool.start()
        self._thread.start()

    def put(self, record: dict[str, Any]) -> None:
        """Keep one request with its answer; ``received_at`` (UTC, ISO) says which day it belongs to."""
        self._observe(record)
        self._spool.put(record)

    def state(self) -> CaptureState:
        """Where the records of this process are."""
        counts = self._spool.counts()
        dropped = counts.dropped + self._refused
        return CaptureState(self._written, counts.put - self._written - dropped, dropped)

    def close(self, timeout_seconds: float = 20) -> None:
        """Ship what there is; what the lake does not take by then stays on the disk for the next process."""
        self._spool.close()
        self._closing.set()
        self._thread.join(timeout_seconds)
        self._spool.release()
        state = self.state()
        level = logging.ERROR if state.waiting or state.dropped else logging.INFO
        words = "captured requests: %d written, %d dropped, %d left on the disk for the next process"
        log.log(level, words, state.written, state.dropped, state.waiting)

    def _ship_on(self) -> None:
        pause = 0.0
        last = False
        while not last:
            last = self._closing.wait(pause)
            try:
                for path in spool.closed_segments(self._spool.folder):
                    self._ship_own(path)
                self._spool.count_missing()
                if not last:
                    self._ship_abandoned()
                pause = LOOK_SECONDS
            except TransientError as error:
                log.warning("capture waits for the lake: %s", error)
                pause = min(max(2 * pause, LOOK_SECONDS), LONGEST_PAUSE)
            except Exception:  # the endpoint answers on; the segment stays where it is
                log.exception("a segment could not be shipped")
                pause = LONGEST_PAUSE

    def _ship_own(self, path: Path) -> None:
        written, refused = _shipped(path)
        self._written += written
        self._refused += refused
        self._spool.shipped(path, is_gone=not refused)

    def _ship_abandoned(self) -> None:
        """Ship what processes left that are gone. Until it is in the lake, and for as long as it lies here because the lake refuses
        it, it takes room of this one's."""
        with spool.abandoned(self._root) as folders:
            left = {path: path.stat().st_size for folder in folders for path in spool.left_segments(folder)}
            self._spool.beside(sum(left.values()))
            for path in [path for path in left if path.suffix == spool.SEGMENT]:
                if self._closing.is_set():  # the next process has it
                    return
                written, refused = _shipped(path)
                log.info("%d records of %s, which is gone, were shipped", written, path.parent.name)
                if not refused:
                    del left[path]
                    self._spool.beside(sum(left.values()))


def _shipped(path: Path) -> tuple[int, int]:
    """How many records of a closed segment are in the lake now, and how many never will be: those of a segment that the lake
    refuses, or that cannot be read, stay on this disk under another name and keep no other from its way."""
    try:
        return ship(path), 0
    except (PermanentError, ValueError, KeyError, TypeError) as error:
        num = len(path.read_bytes().splitlines())
        log.error("%d captured records cannot be shipped and stay in %s: %s", num, path.with_suffix(spool.REFUSED), error)
        path.rename(path.with_suffix(spool.REFUSED))
        return 0, num


def ship(path: Path) -> int:
    """Write a closed segment to the lake, a day an object, and forget it; gives the number of its records.

    Raises ``TransientError`` where the lake is away, and then nothing is lost or told twice: the same object has the same name.
    """
    days: dict[str, list[bytes]] = {}
    for line in path.read_bytes().splitlines(keepends=True):
        days.setdefault(str(json.loads(line)["received_at"])[:10], []).append(line)
    for day, lines in days.items():
        first, last = (int(json.loads(line)["seq"]) for line in (lines[0], lines[-1]))
        key = f"day={day}/{path.parent.name}/{first:012d}-{last:012d}.jsonl.gz"
        s3.write_bytes(places.captured(key), gzip.compress(b"".join(lines), mtime=0), "application/gzip")
    path.unlink()
    return sum(map(len, days.values()))
