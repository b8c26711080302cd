"""Continuous batching under a budget of tokens: a free core reads next what has waited its turn.

Work is counted in tokens, for that is what it costs. Requests take turns: one of 256 reviews is read a slice at a time, so one
short review behind it waits for a slice and not for all of it. Nothing waits for a batch to fill. All state of this module lives
on the event loop; only ``answer`` of a model runs elsewhere, in one thread a core. A deadline is the caller's cancellation.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

import numpy as np

from reviewloop.serving.inference.threads import COMPUTES, DaemonPool

log = logging.getLogger(__name__)

MEMORY: Final = 0.1
"""Weight of the newest in a running mean."""
CLOSE_SECONDS: Final = 5.0
"""What a pass that still runs is given at the end; a model that hangs must not keep the process."""
FIRST_RATE: Final = 5_000.0
"""Tokens a second of one core before any pass was timed: about what a six-layer encoder reads in fp32."""


class Readable(Protocol):
    """One text, made ready for a model."""

    @property
    def num_tokens(self) -> int:
        """What it costs to read."""
        ...

    @property
    def shape(self) -> int:
        """Texts of one shape share a pass."""
        ...


Item = TypeVar("Item", bound=Readable)
Read = TypeVar("Read", bound=Readable, contravariant=True)


class Model(Protocol[Read]):
    """What reads; its answer to an item depends on nothing but that item."""

    def answer(self, items: Sequence[Read]) -> np.ndarray:
        """Probabilities of shape (len(items), 3), all finite."""
        ...


class Overloaded(Exception):
    """Taking this request would keep it, or what is there already, waiting for too long."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"overloaded; try again in {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds


@dataclass(eq=False)
class _Request(Generic[Item]):
    model: Model[Item]
    left: deque[tuple[int, Item]]
    tokens_left: int
    answers: np.ndarray
    num_open: int
    future: "asyncio.Future[np.ndarray]"
    since: float
    """When it began to wait, by the loop's clock."""

    def take(self) -> tuple[int, Item]:
        place, item = self.left.popleft()
        self.tokens_left -= item.num_tokens
        return place, item


@dataclass(frozen=True)
class _Pass:
    since: float
    num_tokens: int


@dataclass(frozen=True)
class Load:
    """The scheduler at one moment."""

    waiting_tokens: int
    waiting_requests: int
    running_passes: int
    tokens_per_second: float


class Scheduler(Generic[Item]):
    """``num_workers`` passes at a time, each of at most ``pass_tokens`` with its padding. They may be more than the ``num_cores``
    that read them (default: as many): one is handed over already when another ends.

    A request that is taken in finds at most ``max_wait_seconds`` of work before it.
    ``max_waiting_tokens`` bounds what is held in memory, whatever it takes to read. ``observe`` hears of every pass: its items, its
    tokens, its seconds; ``observe_wait`` of the seconds that a request waited for its first pass.
    """

    def __init__(
        self,
        num_workers: int,
        pass_tokens: int,
        max_wait_seconds: float,
        max_waiting_tokens: int,
        observe: Callable[[int, int, float], None] = lambda *_: None,
        observe_wait: Callable[[float], None] = lambda _: None,
        num_cores: int | None = None,
    ) -> None:
        self._pool = DaemonPool(num_workers, "inference", COMPUTES)
        self._num_workers = num_workers
        self._num_spare_below = max(1, min(num_workers, num_cores or num_workers) - 1)
        self._pass_tokens = pass_tokens
        self._max_wait = max_wait_seconds
        self._max_tokens = max_waiting_tokens
        self._observe = observe
        self._observe_wait = observe_wait
        self._requests: deque[_Request[Any]] = deque()
        self._running: dict[asyncio.Task[None], _Pass] = {}
        self._waiting_tokens = 0
        self._rate = FIRST_RATE
        self._usual_tokens = 1.0
        self._spare = asyncio.Event()
        self._spare.set()

    async def until_spare(self) -> None:
        """Until no request waits, and beside the core that it is given one is free for whoever comes next (of a single core: until
        nothing is read): what can wait for ever begins then."""
        await self._spare.wait()

    def load(self) -> Load:
        """What waits and runs now."""
        return Load(self._waiting_tokens, len(self._requests), len(self._running), self._rate * self._num_workers)

    def hangs(self, seconds: float) -> bool:
        """Whether every worker is in a pass that began longer ago: nothing is read."""
        now = asyncio.get_running_loop().time()
        return len(self._running) == self._num_workers and all(now - one.since > seconds for one in self._running.values())

    def ahead(self, num_tokens: int | None = None) -> float:
        """Tokens that are read before a request of ``num_tokens``, or of the usual size: what is left of the passes that run, if
        others wait for them already, and of every request that waits as much as it has tokens itself, for they take turns."""
        num_tokens = num_tokens or round(self._usual_tokens)
        waiting = sum(min(request.tokens_left, num_tokens) for request in self._requests)
        if not waiting:
            return 0.0
        now = asyncio.get_running_loop().time()
        return waiting + sum(max(0.0, one.num_tokens - self._rate * (now - one.since)) for one in self._running.values())

    def check_room(self, num_tokens: int | None = None, beside: float = 0.0, num_entering: int = 0) -> None:
        """Raises ``Overloaded`` where a request of ``num_tokens``, or of the usual size, would wait too long.

        ``beside``: tokens that others read first on the same cores. ``num_entering``: requests, taken to be of the usual size, that
        come to the queue first.
        """
        usual = round(self._usual_tokens)
        entering = num_entering * usual
        before = self._waiting_tokens + entering
        full = before and before + (num_tokens or usual) > self._max_tokens
        if full or self.ahead(num_tokens) + entering + beside > self._max_wait * self._rate * self._num_workers:
            raise Overloaded(self.retry_after())

    def retry_after(self) -> int:
        """Seconds, at least 1, until what waits now has been read at the measured rate."""
        return max(1, math.ceil(self._waiting_tokens / (self._rate * self._num_workers)))

    async def answer(self, model: Model[Item], items: Sequence[Item]) -> np.ndarray:
        """Probabilities (len(items), 3), in the order of ``items``.

        Raises ``Overloaded`` at once; an error of the model's is raised to the request whose item it is. Cancelled, what is left
        of the request is never read.
        """
        loop = asyncio.get_running_loop()
        num_tokens = sum(item.num_tokens for item in items)
        self.check_room(num_tokens)
        by_length = sorted(enumerate(items), key=lambda placed: -placed[1].num_tokens)
        future: asyncio.Future[np.ndarray] = loop.create_future()
        request = _Request(model, deque(by_length), num_tokens, np.empty((len(items), 3)), len(items), future, loop.time())
        self._requests.append(request)
        self._waiting_tokens += num_tokens
        self._usual_tokens += MEMORY * (num_tokens - self._usual_tokens)
        self._start_passes()
        try:
            return await future
        finally:
            if future.cancelled() and request in self._requests:  # by its caller, who has gone: it takes nobody's turn
                self._drop(request)

    async def close(self) -> None:
        """Wait a while for the passes that run; what still waits is refused."""
        for request in list(self._requests):
            self._drop(request)
            if not request.future.done():
                request.future.set_exception(Overloaded(1))
        if self._running:
            await asyncio.wait(list(self._running), timeout=CLOSE_SECONDS)
        self._pool.shutdown()

    def _start_passes(self) -> None:
        while len(self._running) < self._num_workers and (batch := self._next_pass()):
            loop = asyncio.get_running_loop()
            task = loop.create_task(self._run(batch))
            self._running[task] = _Pass(loop.time(), sum(item.num_tokens for _, _, item in batch))
            task.add_done_callback(self._ended)
        if len(self._running) < self._num_spare_below:  # then nothing waits either
            self._spare.set()
        else:
            self._spare.clear()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("a pass ended in an error of the scheduler's own", exc_info=error)
        self._start_passes()

    def _next_pass(self) -> list[tuple[_Request[Any], int, Any]]:
        """Items of one model and one shape for one pass: the first request's turn, then others' while they fit.

        What would be read one after the other in one pass is read in passes of its own: no core is idle while another has texts
        to go, an answer leaves as soon as it is there, and who comes meanwhile may still share a pass with his like.
        """
        for request in [request for request in self._requests if request.future.done()]:  # an item of it could not be read
            self._drop(request)
        if not self._requests:
            return []
        turn = self._requests[0]
        batch: list[tuple[_Request[Any], int, Any]] = []
        longest, shape = 0, turn.left[0][1].shape
        for request in self._requests:
            while request.left and request.model is turn.model and request.left[0][1].shape == shape:
                longest_now = max(longest, request.left[0][1].num_tokens)
                if batch and longest_now * (len(batch) + 1) > self._pass_tokens:
                    break
                longest = longest_now
                if len(request.left) == len(request.answers):
                    self._observe_wait(asyncio.get_running_loop().time() - request.since)
                place, item = request.take()
                self._waiting_tokens -= item.num_tokens
                batch.append((request, place, item))
        self._requests = deque(request for request in self._requests if request.left)
        if turn.left:
            self._requests.rotate(-1)  # it was the first; now it is everybody else's turn
        return batch

    def _drop(self, request: _Request[Any]) -> None:
        self._waiting_tokens -= request.tokens_left
        self._requests.remove(request)

    async def _run(self, batch: list[tuple[_Request[Any], int, Any]]) -> None:
        loop = asyncio.get_running_loop()
        model, items = batch[0][0].model, [item for _, _, item in batch]
        started = loop.time()
        try:
            answers = await loop.run_in_executor(self._pool, model.answer, items)
        except Exception as error:
            if len(batch) > 1:  # one bad item fails only its own request
                for one in batch:
                    await self._run([one])
            elif not batch[0][0].future.done():
                batch[0][0].future.set_exception(error)
            return
        seconds, num_tokens = loop.time() - started, sum(item.num_tokens for item in items)
        self._rate += MEMORY * (num_tokens / max(seconds, 1e-6) - self._rate)
        self._observe(len(items), num_tokens, seconds)
        for (request, place, _), answer in zip(batch, answers, strict=True):
            request.answers[place] = answer
            request.num_open -= 1
            if not request.num_open and not request.future.done():
                request.future.set_result(request.answers)
