"""``python -m reviewloop.serving``: the endpoint as a process, from its first request to its last."""

import argparse
import logging
import math
import signal
import sys
import time
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

from reviewloop.config import ServingConfig, load_config
from reviewloop.errors import ConfigError, ReviewloopError
from reviewloop.loopback import is_loopback, port
from reviewloop.serving.admission.connections import connections
from reviewloop.serving.app import create_app
from reviewloop.serving.lifecycle import Lifecycle
from reviewloop.settings import settings

FOLLOW_SECONDS: Final = 15.0
MOST_SECONDS: Final = 3600.0
"""Between two looks: who waits longer serves what was taken back an hour ago."""
SWITCH_SECONDS: Final = 0.0005
"""How long a thread keeps Python's lock though another wants it. The event loop gives it away with each message that it reads or
writes; at Python's default of 5 ms it may wait so long for it each time, as long as a whole review is read."""

log = logging.getLogger("reviewloop.serving")


class DrainingServer(uvicorn.Server):
    """Told to end (SIGTERM), it first says that it is not ready, and goes on answering until the others have noticed.

    uvicorn by itself stops listening at once, and whoever is still sent here by a load balancer is refused. What was asked before
    the end is answered, what was captured is shipped, and the exit status is 0. Ctrl-C, or a second SIGTERM, ends it at once.
    """

    def __init__(self, config: uvicorn.Config, lifecycle: Lifecycle, drain_seconds: float) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle
        self._drain_seconds = drain_seconds
        self._ends_at = float("inf")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal to end."""
        if sig != signal.SIGTERM:
            super().handle_exit(sig, frame)
        elif self._lifecycle.draining:
            self.should_exit = True
        else:
            self._lifecycle.draining = True
            self._ends_at = time.monotonic() + self._drain_seconds

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to stop listening."""
        if time.monotonic() >= self._ends_at:
            self.should_exit = True
        return await super().on_tick(counter)


def check_exposure(host: str, *, has_keys: bool, is_open: bool) -> None:
    """Raises ``ConfigError`` where others than this machine could ask without a key, and nobody said that they may."""
    if not (has_keys or is_open or is_loopback(host)):
        remedy = "set REVIEWLOOP_SERVE_KEYS (see docs/serving.md), listen on 127.0.0.1, or say --open"
        raise ConfigError(f"--host: {host}: others could ask there, and no key is asked for; {remedy}")


def configured(app: FastAPI, host: str, port: int, limits: ServingConfig) -> uvicorn.Config:
    """How uvicorn serves ``app``. It writes no line a request, for `/metrics` counts them and what was asked is captured; all else
    that it logs is its default."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=connections(limits.timeout_seconds),
        access_log=False,
        timeout_keep_alive=limits.keep_alive_seconds,
        timeout_graceful_shutdown=int(limits.timeout_seconds) + 1,
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no such time; give a number of seconds above 0, at most {MOST_SECONDS:g}")
    return seconds


def main() -> int:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="python -m reviewloop.serving", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=port, default=8000)
    parser.add_argument("--open", action="store_true", help="no key is asked for, and whoever reaches --host may ask")
    words = "between two looks at who the champion is"
    parser.add_argument("--follow-seconds", type=_seconds, default=FOLLOW_SECONDS, help=words)
    chosen = parser.parse_args()
    limits = load_config().serving
    check_exposure(chosen.host, has_keys=bool(settings().serve_keys), is_open=chosen.open)
    sys.setswitchinterval(SWITCH_SECONDS)
    lifecycle = Lifecycle()
    config = configured(create_app(chosen.follow_seconds, lifecycle), chosen.host, chosen.port, limits)
    DrainingServer(config, lifecycle, limits.drain_seconds).run()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ReviewloopError as error:
        print(f"reviewloop: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:  # the way to end it in a terminal
        sys.exit(0)
