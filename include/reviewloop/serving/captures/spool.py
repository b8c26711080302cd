"""Records on this machine's disk before they are anywhere else: appended, numbered, fsynced, and cut into segments to be shipped.

Every process has a spool of its own, a folder under ``work_dir/captures`` that it holds by a lock. A record gets the next number of
its spool when it is put, and says how many were dropped before it: what else is missing in the lake later is a loss, and is seen
(``core.captures``). ``put`` never waits for the disk.
"""

import contextlib
import fcntl
import json
import logging
import os
import queue
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

log = logging.getLogger(__name__)

FSYNC_SECONDS: Final = 0.05
"""A record is safe from a lost machine so long after it was put; from a killed process sooner."""
SEGMENT_BYTES: Final = 1_000_000
SEGMENT_SECONDS: Final = 5.0
OPEN: Final = ".open"
"""Suffix of the segment that is being written."""
SEGMENT: Final = ".jsonl"
REFUSED: Final = ".refused"
"""Suffix of one that the lake does not take; somebody must look at it."""


@dataclass(frozen=True)
class SpoolCounts:
    """Records of one process. ``put`` is their sum."""

    put: int
    kept: int
    dropped: int


class Spool:
    """One process's records. At most ``max_bytes`` wait, in memory and on disk, with those ``beside`` them that processes left
    which are gone; one more is dropped, and counted."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.name = uuid.uuid4().hex
        self.folder = folder / self.name
        self._max_bytes = max_bytes
        self._queue: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._put = self._kept = self._dropped = self._bytes = self._beside = 0
        self._files = threading.Lock()
        self._closed: dict[Path, tuple[int, int]] = {}
        self._thread = threading.Thread(target=self._write, name="spool", daemon=True)
        self.folder.mkdir(parents=True)
        self._held = hold(self.folder)
        if self._held is None:
            raise RuntimeError(f"{self.folder}: held by another process")  # a random name: it cannot be

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def put(self, record: Mapping[str, Any]) -> None:
        """Keep ``record``, which must be JSON, with ``spool``, ``seq`` and ``dropped`` (so far) added."""
        with self._lock:
            self._put += 1
            numbered = {"spool": self.name, "seq": self._put, "dropped": self._dropped, **record}
            line = json.dumps(numbered, separators=(",", ":")).encode() + b"\n"
            if self._bytes + self._beside + len(line) <= self._max_bytes:
                self._bytes += len(line)
                self._queue.put((self._put, line))
                return
            self._dropped += 1
        words = "captured record %d of %s dropped: %d bytes wait for the lake, or lie here because it refuses them (*%s)"
        log.error(words, numbered["seq"], self.name, self._max_bytes, REFUSED)

    def counts(self) -> SpoolCounts:
        """Of this process."""
        with self._lock:
            return SpoolCounts(self._put, self._kept, self._dropped)

    def beside(self, num_bytes: int) -> None:
        """So many bytes of others wait on the same disk."""
        with self._lock:
            self._beside = num_bytes

    def shipped(self, path: Path, *, is_gone: bool = True) -> None:
        """A closed segment waits no more. One that stays on this disk all the same (``is_gone``) keeps its room there."""
        with self._files:
            _, num_bytes = self._closed.pop(path, (0, 0))
        with self._lock:
            self._bytes -= num_bytes if is_gone else 0

    def count_missing(self) -> None:
        """Closed segments that somebody took away, for ``work_dir`` is safe to lose, are lost, and counted."""
        with self._files:
            gone = [self._closed.pop(path) for path in list(self._closed) if not path.exists()]
        for num_records, num_bytes in gone:
            self._count_lost(num_records, num_bytes, "their file was taken away")

    def close(self) -> None:
        """Everything that was put is a closed segment on the disk afterwards."""
        self._queue.put(None)
        self._thread.join()

    def release(self) -> None:
        """Let go of the folder; if nothing is left in it, it goes too."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
        remove_empty(self.folder)

    def _write(self) -> None:
        segment: _Segment | None = None
        closing = False
        while not closing:
            batch = self._next_batch(SEGMENT_SECONDS if segment else None)
            closing = None in batch
            for one in batch:
                if one is None:
                    continue
                try:
                    segment = segment or self._begin(one[0])
                    segment.append(one[1])
                except OSError as error:  # a full disk must not end what answers, nor this thread
                    self._lose(one, error)
                else:
                    with self._lock:
                        self._kept += 1
            if segment is not None:
                with contextlib.suppress(OSError):
                    segment.sync()
                if closing or segment.is_due():
                    self._end(segment)
                    segment = None

    def _next_batch(self, patience: float | None) -> list[tuple[int, bytes] | None]:
        """What waits, after a short while in which more may come, so that one fsync serves many."""
        try:
            batch: list[tuple[int, bytes] | None] = [self._queue.get(timeout=patience)]
        except queue.Empty:
            return []
        if batch[0] is not None:
            time.sleep(FSYNC_SECONDS / 2)
        with contextlib.suppress(queue.Empty):
            while batch[-1] is not None:
                batch.append(self._queue.get_nowait())
        return batch

    def _begin(self, first: int) -> "_Segment":
        """A new segment; raises ``OSError``. A folder that somebody took away, for ``work_dir`` is safe to lose, is made anew."""
        try:
            return _Segment(self.folder, first)
        except FileNotFoundError:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._held is not None:
                os.close(self._held)
            self._held = hold(self.folder)
            return _Segment(self.folder, first)

    def _end(self, segment: "_Segment") -> None:
        """Close it. Where that fails what it holds is lost, and counted: nothing that a disk does ends this thread."""
        try:
            with self._files:
                path = segment.close()
                if path is not None:
                    self._closed[path] = segment.num_records, segment.size
        except OSError as error:
            self._count_lost(segment.num_records, segment.size, error)

    def _lose(self, one: tuple[int, bytes], error: OSError) -> None:
        with self._lock:
            self._dropped += 1
            self._bytes -= len(one[1])
        log.error("captured record %d of %s dropped: %s", one[0], self.name, error)

    def _count_lost(self, num_records: int, num_bytes: int, why: object) -> None:
        """Of records that were on the disk already."""
        with self._lock:
            self._kept -= num_records
            self._dropped += num_records
            self._bytes -= num_bytes
        log.error("%d captured records of %s are lost: %s", num_records, self.name, why)


class _Segment:
    """A file of records, named by the first; whole records only, however it ends."""

    def __init__(self, folder: Path, first: int) -> None:
        self._path = folder / f"{first:012d}{SEGMENT}{OPEN}"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.size = self.num_records = 0
        self._since = time.monotonic()

    def append(self, line: bytes) -> None:
        written = os.write(self._file, line)
        if written < len(line):  # the disk became full within it
            os.ftruncate(self._file, self.size)
            raise OSError(28, "no space left on the disk")
        self.size += written
        self.num_records += 1

    def sync(self) -> None:
        os.fsync(self._file)

    def is_due(self) -> bool:
        return self.size >= SEGMENT_BYTES or time.monotonic() - self._since >= SEGMENT_SECONDS

    def close(self) -> Path | None:
        """Its path from now on; None of an empty one. Raises ``OSError``, and nobody finds it later: it is told as lost."""
        closed = self._path.with_suffix("")
        try:
            os.close(self._file)
            if self.size:
                self._path.rename(closed)
        finally:
            with contextlib.suppress(OSError):
                self._path.unlink()
        return closed if self.size else None


def hold(folder: Path) -> int | None:
    """Take the lock of a spool's folder for as long as this process has the descriptor open; ``None`` where another has it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def closed_segments(folder: Path) -> list[Path]:
    """Segments that nobody writes to any more, oldest first."""
    return sorted(folder.glob(f"*{SEGMENT}"))


def left_segments(folder: Path) -> list[Path]:
    """The same, with those that the lake refuses: what takes room in the folder."""
    return [*closed_segments(folder), *sorted(folder.glob(f"*{REFUSED}"))]


@contextlib.contextmanager
def abandoned(root: Path) -> Iterator[list[Path]]:
    """The spools under ``root`` whose processes are gone, held while they are looked at, their last segments closed.

    A line that a kill cut short is left out; its number is then a gap that the reader sees.
    """
    held: list[tuple[Path, int]] = []
    try:
        for folder in sorted(root.iterdir()) if root.is_dir() else []:
            try:
                # An empty one may be of a process that is just beginning, and has no lock yet.
                descriptor = hold(folder) if folder.is_dir() and any(folder.iterdir()) else None
                if descriptor is None:
                    continue
                held.append((folder, descriptor))
                for path in folder.glob(f"*{SEGMENT}{OPEN}"):
                    _close_cut_short(path)
            except OSError as error:  # of one folder, which somebody must look at; the others' records are not kept for it
                log.error("%s: what a process left there cannot be read: %s", folder, error)
        yield [folder for folder, _ in held]
    finally:
        for folder, descriptor in held:
            os.close(descriptor)
            remove_empty(folder)


def _close_cut_short(path: Path) -> None:
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        log.error("%s: its last record was cut short by a kill and is lost", path)
    if not whole:
        path.unlink()
        return
    os.truncate(path, len(whole))
    path.rename(path.with_suffix(""))


def remove_empty(folder: Path) -> None:
    """The folder, where nothing is in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()
