"""The challenger reads what the champion has answered, when nobody waits, and nobody hears of it but the capture.

A queue of its own, bounded in tokens; beyond that the newest is dropped, and captured as dropped. One thread of its own, that
yields to the others; it reads one review at a time, begins each only while no request waits and another core is free, and rests in
between, so that it takes at most its share of a core. What the model raises, or that it does not come back, ends in a record.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from reviewloop.serving.captures.records import DROPPED, Call, Outcome, one_line, predictions, shadow_record
from reviewloop.serving.inference.loaded import LoadedModel
from reviewloop.serving.inference.threads import COMPUTES, DaemonPool
from reviewloop.serving.rollout.arms import Arms

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """A request that was answered. ``num_tokens`` as the champion counted them."""

    call: Call
    arms: Arms
    texts: Sequence[str]
    num_tokens: int


class Shadow:
    """``put`` keeps a record; ``until_spare`` comes back while nobody waits; ``arms`` says who is named now."""

    def __init__(
        self,
        put: Callable[[dict[str, Any]], None],
        arms: Callable[[], Arms | None],
        until_spare: Callable[[], Awaitable[None]],
        max_tokens: int,
        core_share: float,
        timeout_seconds: float,
    ) -> None:
        self._put = put
        self._arms = arms
        self._until_spare = until_spare
        self._max_tokens = max_tokens
        self._rest = (1 - core_share) / core_share
        self._timeout_seconds = timeout_seconds
        self._queue: deque[Reading] = deque()
        self._tokens = 0
        self._wanted = asyncio.Event()
        self._pool = DaemonPool(1, "shadow", COMPUTES)
        self._hangs: Future[np.ndarray] | None = None
        self._hanging: LoadedModel | None = None
        self._task: asyncio.Task[None] | None = None
        self._num_dropped = 0

    @property
    def waiting_tokens(self) -> int:
        """Of what is to be read."""
        return self._tokens

    @property
    def num_dropped(self) -> int:
        """Requests that were not read."""
        return self._num_dropped

    def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.get_running_loop().create_task(self._read_on())

    async def offer(self, reading: Reading) -> None:
        """Take it into the queue, or drop it; never waits."""
        if self._queue and self._tokens + reading.num_tokens > self._max_tokens:
            self._drop(reading)
            return
        self._queue.append(reading)
        self._tokens += reading.num_tokens
        self._wanted.set()

    async def close(self) -> None:
        """Drop what waits."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        while self._queue:
            self._drop(self._queue.popleft())
        self._pool.shutdown()

    async def _read_on(self) -> None:
        while True:
            await self._wanted.wait()
            reading = self._queue[0]
            try:
                await self._read(reading)
            except Exception:  # a fault of ours: the next one is read all the same
                log.exception("a shadow was not read")
                self._drop(reading)
            self._queue.popleft()
            self._tokens -= reading.num_tokens
            del reading  # or its challenger lived on until the next one comes, and ended here, where everybody is answered
            if not self._queue:
                self._wanted.clear()

    async def _read(self, reading: Reading) -> None:
        model = reading.arms.challenger
        if model is None:
            return
        rows: list[np.ndarray] = []
        seconds = 0.0
        for text in reading.texts:
            await self._until_spare()
            named = self._arms()
            if named is None or named.challenger is not model:
                self._drop(reading)
                return
            started = perf_counter()
            try:
                rows.append(await self._answer(model, text))
            except Exception as error:
                status = 504 if isinstance(error, TimeoutError) else 500
                latency_ms = 1000 * (seconds + perf_counter() - started)
                self._keep(reading, model, Outcome(status, latency_ms, error=one_line(error)))
                return
            seconds += perf_counter() - started
            await asyncio.sleep(self._rest * (perf_counter() - started))
        self._keep(reading, model, Outcome(200, 1000 * seconds, predictions(np.concatenate(rows))))

    async def _answer(self, model: LoadedModel, text: str) -> np.ndarray:
        if self._hangs is not None and not self._hangs.done():
            if model is self._hanging:
                raise TimeoutError("an earlier review has not come back yet")
            self._pool.shutdown()
            self._pool = DaemonPool(1, "shadow", COMPUTES)
        self._hangs = None
        future = self._pool.submit(_read_one, model, text)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._timeout_seconds)
        except TimeoutError:
            if not future.done() and not future.cancelled():
                self._hangs, self._hanging = future, model
            raise TimeoutError(f"not read within {self._timeout_seconds:g} s") from None

    def _keep(self, reading: Reading, model: LoadedModel, outcome: Outcome) -> None:
        self._put(shadow_record(reading.call, reading.arms.routing, model, reading.num_tokens, outcome))

    def _drop(self, reading: Reading) -> None:
        self._num_dropped += 1
        if reading.arms.challenger is not None:
            self._keep(reading, reading.arms.challenger, Outcome(0, 0.0, error=DROPPED))


def _read_one(model: LoadedModel, text: str) -> np.ndarray:
    return model.answer(model.prepare([text]))
