"""An endpoint in a process of its own, as demonstrations, studies and races start, ask and end one."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import httpx

from reviewloop_local.errors import LocalError

READY_SECONDS: Final = 120.0
ENDING_SECONDS: Final = 60.0


class EndpointProcess:
    """Runs ``command``, which answers on ``port`` of this machine and writes into ``log``, and is a client of it."""

    def __init__(self, command: Sequence[str], port: int, log: Path, env: Mapping[str, str]) -> None:
        self.log = log
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        with log.open("ab") as sink:
            # A session of its own, as its rivals in a race have: Linux shares the cores among sessions.
            self.process = subprocess.Popen(command, env=env, stdout=sink, stderr=sink, start_new_session=True)  # noqa: S603
        self.http = httpx.Client(base_url=self.url, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def wait_for(self, generation: int) -> None:
        """Until it follows this event of the ledger. Raises ``LocalError`` with the end of its log where it does not."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.http.get("/health").json()["generation"] == generation:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise LocalError(
            f"the endpoint never came to event {generation} of the ledger; {self.log} ends:\n{self.log.read_text()[-3000:]}"
        )

    def rss_mb(self) -> float:
        """Resident memory of the process, in 10^6 bytes."""
        return self._told("VmRSS:")

    def peak_mb(self) -> float:
        """The most that it was since ``forget_peak``, in 10^6 bytes."""
        return self._told("VmHWM:")

    def forget_peak(self) -> None:
        """Begin to look anew for the most memory that it holds (Linux: 5 into clear_refs)."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def _told(self, name: str) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition(name)[2].split()[0]) * 1024 / 1e6

    def end(self) -> None:
        """As an orchestrator would; killed where it does not end."""
        self.http.close()
        self.process.terminate()
        try:
            self.process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
