"""Every request and its answer, kept in the lake for the monitor and for labelling, off the request path."""

import logging
import queue
import threading
from collections.abc import Mapping
from typing import Any

from reviewloop.adapters.lake import places, s3
from reviewloop.errors import TransientError

log = logging.getLogger(__name__)

MAX_WAITING = 1_000
"""Records held in memory while the lake is slow or away; one more is dropped, and counted."""
_LONGEST_PAUSE = 30.0
"""Seconds between two tries to reach the lake."""


class CaptureWriter:
    """A bounded queue and the thread that empties it. ``put`` never waits; a lost record is counted and logged."""

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self._queue: queue.Queue[tuple[str, Mapping[str, Any]]] = queue.Queue(maxsize=max_waiting)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._empty, name="capture", daemon=True)
        self._lock = threading.Lock()
        self._accepted = self._written = self._dropped = 0

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def put(self, key: str, record: Mapping[str, Any]) -> None:
        """Have ``record`` written as the lake object ``captured/<key>``."""
        with self._lock:
            self._accepted += 1
        try:
            self._queue.put_nowait((key, record))
        except queue.Full:
            self._drop(key, "the queue is full")

    def counts(self) -> dict[str, int]:
        """``written``, ``waiting`` and ``dropped``; together all that was ever put."""
        with self._lock:
            waiting = self._accepted - self._written - self._dropped
            return {"written": self._written, "waiting": waiting, "dropped": self._dropped}

    def close(self, timeout_seconds: float = 20) -> None:
        """Write what waits, each record tried once more, and stop. What is then left is lost, and said so."""
        self._closing.set()
        self._thread.join(timeout_seconds)
        counts = self.counts()
        level = logging.ERROR if counts["waiting"] or counts["dropped"] else logging.INFO
        log.log(level, "captured requests: %(written)d written, %(dropped)d dropped, %(waiting)d lost at shutdown", counts)

    def _empty(self) -> None:
        while not (self._closing.is_set() and self._queue.empty()):
            try:
                key, record = self._queue.get(timeout=0.2)
            except queue.Empty:
                continue
            self._write(key, record)

    def _write(self, key: str, record: Mapping[str, Any]) -> None:
        pause = 1.0
        while True:
            try:
                s3.write_json(places.captured(key), record)
            except TransientError as error:
                log.warning("capture waits for the lake: %s", error)
                if self._closing.wait(pause):
                    return self._drop(key, "the lake was away until shutdown")
                pause = min(2 * pause, _LONGEST_PAUSE)
            except Exception as error:  # one bad record or a refused write must not end the thread
                return self._drop(key, str(error))
            else:
                with self._lock:
                    self._written += 1
                return None

    def _drop(self, key: str, reason: str) -> None:
        with self._lock:
            self._dropped += 1
        log.error("captured request %s dropped: %s", key, reason)
