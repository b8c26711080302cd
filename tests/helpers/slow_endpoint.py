"""A real uvicorn, in a thread, around a model that takes its time."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import pytest
from tests.helpers.followed import Followed

from reviewloop.config import load_config
from reviewloop.core.texts import words
from reviewloop.models.reader import Prepared
from reviewloop.serving import app as room
from reviewloop.serving.__main__ import DrainingServer, configured
from reviewloop.serving.captures.capture import Capture
from reviewloop.serving.captures.spool import Spool
from reviewloop.serving.inference.companions import TrainingWords
from reviewloop.serving.inference.loaded import WARM_WORD
from reviewloop.serving.lifecycle import Lifecycle

MAX_BODY = 200_000
FOLLOW_SECONDS = 0.1
KNOWN = frozenset(words("the dress is lovely but it does not fit me well and i sent that back"))
"""Words of the training part."""


@dataclass
class Model:
    """Reads a pass as soon as ``gate`` is open. ``read`` tells what it has read, ``reading`` that a pass waits."""

    gate: threading.Event = field(default_factory=threading.Event)
    reading: threading.Event = field(default_factory=threading.Event)
    read: list[str] = field(default_factory=list)

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        return [Prepared(text, 1 + len(text) // 5) for text in texts]

    def answer(self, items: Sequence[Prepared]) -> np.ndarray:
        if WARM_WORD not in items[0].content:
            self.reading.set()
            self.gate.wait(10)
            self.read += [item.content for item in items]
        if any("unreadable" in item.content for item in items):
            return np.full((len(items), 3), np.nan)
        return np.tile([0.2, 0.3, 0.5], (len(items), 1))


@dataclass
class Served:
    http: httpx.Client
    model: Model
    port: int
    captured: list[dict[str, Any]]
    server: DrainingServer
    followed: Followed

    def predict(self, *texts: str, **headers: str) -> httpx.Response:
        return self.http.post("/predict", json={"reviews": [{"text": text} for text in texts]}, headers=headers)

    def waiting(self) -> int:
        """Requests in the queues."""
        name = "reviewloop_queue_requests "
        line = next(line for line in self.http.get("/metrics").text.splitlines() if line.startswith(name))
        return int(float(line.removeprefix(name)))

    def connected(self) -> socket.socket:
        """A connection on which nothing was asked yet."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def raw(self, head: str, body: bytes = b"", path: str = "/predict") -> socket.socket:
        """A connection on which a request was begun by hand."""
        connection = self.connected()
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{head}\r\n\r\n".encode() + body)
        return connection


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Served]:
    """Its parameter, where a test gives one: what the ledger is told before the start, seconds between two looks at it, limits."""
    tell, follow_seconds, changes = getattr(request, "param", (lambda _: None, FOLLOW_SECONDS, {}))
    model, captured = Model(), list[dict[str, Any]]()
    config = load_config()
    limits = {"max_body_megabytes": MAX_BODY / 1e6, "max_held_megabytes": 0.5, "num_passes": 1, "timeout_seconds": 20.0}
    limits |= {"max_wait_ms": 20.0, "pass_tokens": 64, **changes}
    monkeypatch.setattr(
        room, "load_config", lambda: config.model_copy(update={"serving": config.serving.model_copy(update=limits)})
    )
    followed = Followed(monkeypatch)
    followed.promote("7", model)
    tell(followed)
    heard = Capture.put

    def put(capture: Capture, record: dict[str, Any]) -> None:
        heard(capture, record)
        captured.append(record)

    monkeypatch.setattr(Capture, "put", put)
    monkeypatch.setattr(Spool, "put", lambda *_: None)
    monkeypatch.setattr(room, "TrainingWords", lambda: TrainingWords(lambda _: KNOWN))
    lifecycle = Lifecycle()
    config_of_server = configured(room.create_app(follow_seconds, lifecycle), "127.0.0.1", 0, room.load_config().serving)
    server = DrainingServer(config_of_server, lifecycle, drain_seconds=1)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, limits=httpx.Limits(max_connections=None)) as http:
        until(lambda: http.get("/v2/health/ready").status_code == 200)
        yield Served(http, model, port, captured, server, followed)
    model.gate.set()
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


def until(check: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.02)
