"""A lake of the bench's own: a local AWS API that is started for it and gone afterwards."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reviewloop.settings import settings
from reviewloop_local.loop.run import make_buckets

_PATIENCE_SECONDS: Final = 60.0
_NAME: Final = "bench-pages"


@contextmanager
def own_lake(folder: Path) -> Iterator[None]:
    """From here on this process's environment names the lake. Raises ``TimeoutError`` where the API does not come up."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    own = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "S3_PERSIST": "0", "TMPDIR": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "ministack"], env={**os.environ, **own}, stdout=log, stderr=log)
    try:
        _wait_for(f"{address}/_ministack/health", process)
        os.environ |= {
            "AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1", "REVIEWLOOP_BUCKET": _NAME, "REVIEWLOOP_DATABASE": _NAME.replace("-", "_"),
        }  # fmt: skip
        settings.cache_clear()
        make_buckets()
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=2)  # noqa: S310 (ours)
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the local AWS API did not come up")
