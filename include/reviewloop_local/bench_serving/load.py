"""Load on an HTTP server: a closed loop for ratios, an open one for tails and overload."""

import asyncio
import os
import signal
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

import numpy as np
import uvicorn

T = TypeVar("T")

PATIENCE: Final = 60.0
"""Seconds that an answer may take before it counts as none."""


@dataclass(frozen=True)
class Door:
    """Where to ask: every body is a whole JSON document."""

    port: int
    path: str
    group: int
    """The process group that answers there."""

    @contextmanager
    def awake(self) -> Iterator[None]:
        """The server runs as long as this; else it is stopped, for some of them poll while nobody asks."""
        os.killpg(self.group, signal.SIGCONT)
        try:
            yield
        finally:
            os.killpg(self.group, signal.SIGSTOP)

    def request(self, body: bytes) -> bytes:
        """The bytes of one request that keeps its connection."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


@dataclass
class Answers:
    """Of one run: seconds that each answer took, by its HTTP status. ``seconds`` is how long the run was."""

    seconds: float = 0.0
    took: dict[int, list[float]] = field(default_factory=dict)
    lost: int = 0
    """Connections that ended without an answer."""
    late: list[float] = field(default_factory=list)
    """Of an open loop: seconds from when a request was due to when it was sent. So much of the times is the load's own."""
    load_share: float = 0.0
    """Of one core, how much the load itself took."""

    def add(self, status: int, seconds: float) -> None:
        """One answer."""
        self.took.setdefault(status, []).append(seconds)

    def ended(self, start: float, processor: float) -> None:
        """Now, of a run that began at ``start`` (``perf_counter``) and ``processor`` (``process_time``)."""
        self.seconds = time.perf_counter() - start
        self.load_share = (time.process_time() - processor) / self.seconds

    @property
    def good(self) -> list[float]:
        """Of those with status 200."""
        return self.took.get(200, [])

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.good) / self.seconds

    def ms(self, quantile: float, status: int = 200) -> float:
        """A quantile of the time to an answer, in milliseconds; not a number without any."""
        found = self.took.get(status, [])
        return float(np.quantile(found, quantile)) * 1000 if found else float("nan")

    def late_ms(self, quantile: float) -> float:
        """A quantile of how late requests were sent, in milliseconds; not a number of a closed loop."""
        return float(np.quantile(self.late, quantile)) * 1000 if self.late else float("nan")


def run(work: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``, on the event loop that uvicorn would take: the load must cost the cores little that it shares."""
    with asyncio.Runner(loop_factory=uvicorn.Config(app="").get_loop_factory()) as runner:
        return runner.run(work)


async def closed_loop(door: Door, bodies: Sequence[bytes], num_clients: int, seconds: float) -> Answers:
    """Each client asks, waits for the answer, and asks again."""
    requests = [door.request(body) for body in bodies]
    answers, start, processor = Answers(), time.perf_counter(), time.process_time()

    async def caller(first: int) -> None:
        connection = await _connected(door)
        place = first
        while (begun := time.perf_counter()) - start < seconds:
            status = await connection.ask(requests[place % len(requests)])
            answers.add(status, time.perf_counter() - begun)
            place += num_clients
        connection.close()

    await asyncio.gather(*(caller(number) for number in range(num_clients)))
    answers.ended(start, processor)
    return answers


async def open_loop(door: Door, bodies: Sequence[bytes], rate: float, seconds: float, seed: int) -> Answers:
    """Requests at times that were drawn before (Poisson, ``rate`` a second), whatever has been answered.

    The time of an answer counts from when its request was due: a client that waits for a slow server and then asks late would
    hide what callers see.
    """
    requests = [door.request(body) for body in bodies]
    rng = np.random.default_rng(seed)
    due = np.cumsum(rng.exponential(1 / rate, int(rate * seconds))).tolist()
    answers, idle = Answers(), list[_Connection]()
    start, processor = time.perf_counter(), time.process_time()

    async def one(place: int) -> None:
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(PATIENCE):
                while idle and connection is None:
                    connection = kept if (kept := idle.pop()).is_open else None
                connection = connection or await _connected(door)
                answers.late.append(max(0.0, time.perf_counter() - start - due[place]))  # a timer may be early by its own grain
                status = await connection.ask(requests[place % len(requests)])
        except (OSError, TimeoutError, ValueError):
            answers.lost += 1
            if connection:
                connection.close()
            return
        answers.add(status, time.perf_counter() - start - due[place])
        idle.append(connection)

    tasks = []
    for place, at in enumerate(due):
        wait = at - (time.perf_counter() - start)
        if wait > 0:
            await asyncio.sleep(wait)
        elif place % 16 == 0:
            await asyncio.sleep(0)
        tasks.append(asyncio.create_task(one(place)))
    await asyncio.gather(*tasks)
    answers.ended(start, processor)
    for connection in idle:
        connection.close()
    return answers


class _Connection(asyncio.Protocol):
    """One connection of HTTP/1.1 that is kept, a request at a time; answers must declare their length."""

    def __init__(self) -> None:
        self.is_open = True
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[int] | None = None
        self._got = b""

    def ask(self, request: bytes) -> "asyncio.Future[int]":
        """The status of the answer, once all of it is there. Raises ``ConnectionResetError`` where the connection ends before."""
        self._answer = asyncio.get_running_loop().create_future()
        if self.is_open:
            self._transport.write(request)
        else:
            self._answer.set_exception(ConnectionResetError())
        return self._answer

    def close(self) -> None:
        """End it."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Of ``asyncio.Protocol``."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Of ``asyncio.Protocol``."""
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found:
            return
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        if len(body) < int(length):
            return
        self._got = b""
        if b"\r\nconnection: close" in head.lower():  # told, for its end may be seen only after the next request was sent
            self.is_open = False
        if self._answer and not self._answer.done():
            self._answer.set_result(int(head.split(b" ", 2)[1]))

    def connection_lost(self, _: Exception | None) -> None:
        """Of ``asyncio.Protocol``."""
        self.is_open = False
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())


async def _connected(door: Door) -> _Connection:
    return (await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", door.port))[1]
