"""Load on an HTTP server: a closed loop for ratios, an open one for tails and overload."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import numpy as np

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

    def add(self, status: int, seconds: float) -> None:
        """One answer."""
        self.took.setdefault(status, []).append(seconds)

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


async def closed_loop(door: Door, bodies: Sequence[bytes], num_clients: int, seconds: float) -> Answers:
    """Each client asks, waits for the answer, and asks again."""
    answers, start = Answers(), time.perf_counter()

    async def caller(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        place = first
        while (begun := time.perf_counter()) - start < seconds:
            status = await _ask(reader, writer, door.request(bodies[place % len(bodies)]))
            answers.add(status, time.perf_counter() - begun)
            place += num_clients
        writer.close()

    await asyncio.gather(*(caller(number) for number in range(num_clients)))
    answers.seconds = time.perf_counter() - start
    return answers


async def open_loop(door: Door, bodies: Sequence[bytes], rate: float, seconds: float, seed: int) -> Answers:
    """Requests at times that were drawn before (Poisson, ``rate`` a second), whatever has been answered.

    The time of an answer counts from when its request was due: a client that waits for a slow server and then asks late would
    hide what callers see.
    """
    rng = np.random.default_rng(seed)
    due = np.cumsum(rng.exponential(1 / rate, int(rate * seconds)))
    answers, idle = Answers(), list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]()
    start = time.perf_counter()

    async def one(place: int) -> None:
        try:
            reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", door.port)
            async with asyncio.timeout(PATIENCE):
                status = await _ask(reader, writer, door.request(bodies[place % len(bodies)]))
            answers.add(status, time.perf_counter() - start - due[place])
            idle.append((reader, writer))
        except (OSError, EOFError, TimeoutError, ValueError):
            answers.lost += 1

    tasks = []
    for place, at in enumerate(due):
        wait = at - (time.perf_counter() - start)
        if wait > 0:
            await asyncio.sleep(wait)
        elif place % 16 == 0:
            await asyncio.sleep(0)
        tasks.append(asyncio.create_task(one(place)))
    await asyncio.gather(*tasks)
    answers.seconds = time.perf_counter() - start
    for _, writer in idle:
        writer.close()
    return answers


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, _, after = head.partition(b"content-length:")
    await reader.readexactly(int(after.split(b"\r\n", 1)[0]))
    return int(head.split(b" ", 2)[1])
