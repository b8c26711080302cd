"""The endpoint as a process of its own, beside the local services."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


def until(check: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.1)


class Endpoint:
    """The running process and a client of it."""

    def __init__(self, port: int, log: Path) -> None:
        self.log = log
        env = {**os.environ, "PYTHONPATH": str(ROOT / "include")}
        with log.open("wb") as sink:
            command = [sys.executable, "-m", "reviewloop.serving", "--port", str(port), "--follow-seconds", "0.5"]
            self.process = subprocess.Popen(command, env=env, stdout=sink, stderr=sink)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)

    def health(self) -> tuple[int, dict[str, Any]]:
        try:
            answer = self.http.get("/health")
        except httpx.TransportError:
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            return 0, {}
        return answer.status_code, answer.json()

    def predict(self, *texts: str) -> httpx.Response:
        return self.http.post("/predict", json={"reviews": [{"title": None, "text": text} for text in texts]})

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


@pytest.fixture
def endpoint(lake: str, mlflow_server: str, tmp_path: Path) -> Iterator[Endpoint]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = Endpoint(port, tmp_path / "uvicorn.log")
    yield found
    found.stop()
