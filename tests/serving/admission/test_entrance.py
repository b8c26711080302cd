"""Of many that come at once only those are parsed for whom there is room, and who sends no body keeps nobody out."""

import asyncio
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from tests.helpers.slow_endpoint import FOLLOW_SECONDS, Model, Served, until

from reviewloop.models.reader import Prepared
from reviewloop.serving.admission.entrance import Entrance
from reviewloop.serving.inference.scheduler import Overloaded, Scheduler

RATE = 5000
"""Tokens a second of the model that is asked here."""
BURST = 60
TEXT = "x" * 90


def room_for(most: int) -> Entrance:
    def check(num_entering: int) -> None:
        if num_entering >= most:
            raise Overloaded(1)

    return Entrance(check)


def let_in(entrance: Entrance, scopes: Sequence[dict[str, Any]]) -> list[int]:
    """The places of those who were."""
    found = []
    for place, scope in enumerate(scopes):
        try:
            entrance.enter(scope)
        except Overloaded:
            continue
        found.append(place)
    return found


def test_in_one_turn_of_the_loop_no_more_are_let_in_than_there_is_room_for() -> None:
    async def ask() -> None:
        entrance, scopes = room_for(3), [{"n": place} for place in range(10)]
        assert let_in(entrance, scopes) == [0, 1, 2]
        assert let_in(entrance, scopes) == [0, 1, 2], "who is in already asks for no second room"
        await asyncio.sleep(0)
        assert let_in(entrance, scopes[5:]) == [0, 1, 2], "by now they wait in the queue, or hold nothing"

    asyncio.run(ask())


def test_who_is_on_the_way_to_the_queue_is_ahead_of_who_comes_later() -> None:
    async def ask() -> None:
        lane: Scheduler[Any] = Scheduler(1, 40, 0.02, 10**9)  # 100 tokens at the rate that is assumed at first
        lane.check_room(num_entering=100)  # a request is taken to be of one token until one was seen
        with pytest.raises(Overloaded):
            lane.check_room(num_entering=101)
        narrow: Scheduler[Any] = Scheduler(1, 40, 1e6, 10)
        narrow.check_room(num_entering=9)
        with pytest.raises(Overloaded):
            narrow.check_room(num_entering=10)

    asyncio.run(ask())


def test_of_a_burst_nobody_is_parsed_in_vain(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[str] = []

    def prepare(texts: Sequence[str]) -> list[Prepared]:
        prepared.extend(texts)
        return Model.prepare(served.model, texts)

    def answer(items: Sequence[Prepared]) -> np.ndarray:
        time.sleep(sum(item.num_tokens for item in items) / RATE)
        return Model.answer(served.model, items)

    monkeypatch.setattr(served.model, "prepare", prepare)
    monkeypatch.setattr(served.model, "answer", answer)
    served.model.gate.set()
    for _ in range(20):  # the endpoint learns how long a request is, and how fast it reads
        assert served.predict(TEXT).status_code == 200
    served.model.gate.clear()
    prepared.clear()
    statuses = burst(served)
    assert set(statuses) == {200, 429}
    num_answered = statuses.count(200)
    assert len(prepared) <= num_answered + 2, "the length of a request is a guess, but no more than that"
    assert num_answered < BURST / 3


def burst(served: Served) -> list[int]:
    """The statuses of so many whole requests that the server's loop finds all of them in one turn."""
    loop, held = served.server.servers[0].get_loop(), threading.Event()
    body = json.dumps({"reviews": [{"text": TEXT}]}).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connections = [served.connected() for _ in range(BURST)]
    until(lambda: len(served.server.server_state.connections) >= BURST)
    loop.call_soon_threadsafe(held.wait, 10)
    for connection in connections:
        connection.sendall(head.encode() + body)
    held.set()
    with ThreadPoolExecutor(BURST) as pool:
        answers = [pool.submit(connection.recv, 4096) for connection in connections]
        until(lambda: any(answer.done() for answer in answers))
        served.model.gate.set()
        return [int(answer.result().split(b" ", 2)[1]) for answer in answers]


@pytest.mark.parametrize("served", [(lambda _: None, FOLLOW_SECONDS, {"max_wait_ms": 2.0})], indirect=True)
def test_who_sends_no_body_keeps_nobody_out(served: Served) -> None:
    served.model.gate.set()
    silent = []
    while len(silent) < 15:  # there is room for eleven, at a token each
        silent.append(served.raw("Content-Length: 1000"))
        until(lambda: len(served.server.server_state.tasks) >= len(silent))
    assert served.predict(TEXT).status_code == 200
    for connection in silent:
        connection.close()
