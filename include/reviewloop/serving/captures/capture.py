"""Every request and its answer, kept for the monitor and for labelling: on this disk at once, in the lake within seconds.

Segments of the spool become objects ``captured/day=.../<spool>/<first>-<last>.jsonl.gz``, each written once however often it is
tried. While the lake is away they wait on the disk; what a killed process left there, the next one ships.
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
        self._adopt()
        pause = LOOK_SECONDS
        last = False
        while not last:
            last = self._closing.wait(pause)
            try:
                for path in spool.closed_segments(self._spool.folder):
                    self._ship_own(path)
                pause = LOOK_SECONDS
            except TransientError as error:
                log.warning("capture waits for the lake: %s", error)
                pause = min(2 * pause, LONGEST_PAUSE)
            except Exception:  # the endpoint answers on; the segment stays where it is
                log.exception("a segment could not be shipped")
                pause = LONGEST_PAUSE

    def _ship_own(self, path: Path) -> None:
        size = path.stat().st_size
        try:
            self._written += ship(path)
        except PermanentError as error:
            num = len(path.read_bytes().splitlines())
            log.error("%d captured records are refused by the lake and stay in %s: %s", num, path, error)
            path.rename(path.with_suffix(".refused"))
            self._refused += num
        self._spool.shipped(size)

    def _adopt(self) -> None:
        """Ship what processes left that are gone."""
        try:
            with spool.abandoned(self._root) as folders:
                for path in [path for folder in folders for path in spool.closed_segments(folder)]:
                    log.info("%d records of %s, which is gone, were shipped", ship(path), path.parent.name)
        except Exception:  # the next start tries again
            log.exception("what an earlier process captured could not be shipped yet")


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
