"""Load that hides nothing: an answer is as late as it was due, and what is refused or lost is told apart."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from reviewloop_local.bench_serving import load
from reviewloop_local.bench_serving.load import Answers, Door, closed_loop, open_loop

BODIES = [b'{"text": "a"}', b'{"text": "b"}']


@asynccontextmanager
async def server(status: Callable[[int], int], seconds: float, keeps: bool = True) -> AsyncIterator[Door]:
    """One request after the other, each taking so long; status 0 hangs up."""
    lock, count = asyncio.Lock(), [0]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
            async with lock:
                count[0] += 1
                found = status(count[0])
                await asyncio.sleep(seconds)
            if not found:
                writer.close()
                return
            ends = "" if keeps else "Connection: close\r\n"
            writer.write(f"HTTP/1.1 {found} X\r\n{ends}Content-Length: 2\r\n\r\n{{}}".encode())
            if not keeps:
                await asyncio.sleep(0.05)  # it ends late: what was said must be enough
                writer.close()
                return

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield Door(running.sockets[0].getsockname()[1], "/predict", os.getpgrp())
    running.close()


def run(loop: Callable[[Door], Awaitable[Answers]], status: Callable[[int], int], seconds: float, keeps: bool = True) -> Answers:
    async def whole() -> Answers:
        async with server(status, seconds, keeps) as door:
            return await loop(door)

    return load.run(whole())


def test_a_closed_loop_asks_again_once_it_is_answered() -> None:
    found = run(lambda door: closed_loop(door, BODIES, 3, 0.4), lambda _: 200, 0.01)
    assert 10 <= len(found.good) <= 45
    assert found.rate == pytest.approx(len(found.good) / found.seconds)


def test_in_an_open_loop_a_slow_server_is_late_for_those_behind() -> None:
    found = run(lambda door: open_loop(door, BODIES, 100.0, 0.5, seed=1), lambda _: 200, 0.03)
    assert len(found.good) == 50
    assert found.ms(0.99) > 500, "a request that waits for 40 others is late by all of their time"
    assert found.ms(0.01) < found.ms(0.99) / 3


def test_refusals_and_lost_connections_are_told_apart() -> None:
    found = run(lambda door: open_loop(door, BODIES, 100.0, 0.3, seed=1), lambda number: (200, 429, 0)[number % 3], 0.0)
    assert len(found.took[429]) > 0
    assert found.lost > 0
    assert len(found.good) + len(found.took[429]) + found.lost == 30


def test_a_connection_that_the_server_has_ended_is_not_asked_again() -> None:
    found = run(lambda door: open_loop(door, BODIES, 50.0, 0.3, seed=1), lambda _: 200, 0.0, keeps=False)
    assert (len(found.good), found.lost) == (15, 0)


def test_what_the_load_itself_costs_is_told() -> None:
    found = run(lambda door: open_loop(door, BODIES, 100.0, 0.3, seed=1), lambda _: 200, 0.0)
    assert len(found.late) == 30
    assert 0 <= min(found.late) * 1000 <= found.late_ms(0.99) <= max(found.late) * 1000
    assert 0 < found.load_share < 1
    assert found.ms(0.5) >= found.late_ms(0.5), "the time of an answer holds how late it was asked"
