"""Customers come again when they are refused for want of room, and say later what the stars were."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from reviewloop_local.rollout_demo import customers
from reviewloop_local.rollout_demo.replayed import Review

REVIEWS = [Review(None, f"text {number}", "positive") for number in range(5)]


class Handler(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []
    told: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/feedback":
            self.told.append(body)
            self._answer(202, {})
            return
        self.asked.append(body["unit"])
        refused = self.asked.count(body["unit"]) <= 4
        self._answer(429 if refused else 200, {"request_id": body["unit"], "version": "1"})

    def _answer(self, status: int, body: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 200


@pytest.fixture
def url() -> Iterator[str]:
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_who_is_refused_comes_again_and_all_stars_are_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customers, "LABEL_SECONDS", 0.1)
    with customers.Customers(url, REVIEWS, 50.0, "they", seed=1) as some:
        deadline = time.monotonic() + 30
        while len(some.seen.answers) < 10 and time.monotonic() < deadline:
            time.sleep(0.05)
    assert len(some.seen.answers) >= 10
    assert some.seen.failures == {}
    assert some.seen.num_labels == len(some.seen.answers) == len(Handler.told)
    assert {one["sentiment"] for one in Handler.told} == {"positive"}


def test_patience_ends_and_the_status_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customers, "PATIENCE", 0.0)
    with customers.Customers(url, REVIEWS, 50.0, "hurried", seed=1) as some:
        deadline = time.monotonic() + 30
        while len(some.seen.answers) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
    assert set(some.seen.failures) <= {0, 429}
    assert some.seen.num_failed == len(some.seen.answers)
