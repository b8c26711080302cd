"""The endpoint of the demonstration: the product's, as a process of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import httpx

from reviewloop_local.errors import LocalError

FOLLOW_SECONDS: Final = 0.5
READY_SECONDS: Final = 120.0
ENDING_SECONDS: Final = 60.0


class Endpoint:
    """``python -m reviewloop.serving``, on ``port``, from the ``with`` on to its end."""

    def __init__(self, port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._log, self._port = log, port

    def __enter__(self) -> "Endpoint":
        command = [sys.executable, "-m", "reviewloop.serving", "--port", str(self._port), "--follow-seconds", str(FOLLOW_SECONDS)]
        with self._log.open("ab") as sink:
            self._process = subprocess.Popen(command, env=os.environ, stdout=sink, stderr=sink)  # noqa: S603
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait_for(self, generation: int, what: str) -> None:
        """Until it follows this event of the ledger. Raises ``LocalError`` where it does not."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/health").json()["generation"] == generation:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise LocalError(f"{what}: the endpoint does not follow event {generation} of the ledger: see {self._log}")
