"""The endpoint that `make serve` started: a process in a terminal of the user's own, and still one of this stack's."""

from dataclasses import dataclass

import psutil

from reviewloop_local.stack.health import Say
from reviewloop_local.stack.home import Home
from reviewloop_local.stack.orphans import processes
from reviewloop_local.stack.ports import variable

PART = "serve"
"""What its processes name as their part (``orphans.PART``); supervisord does not know it."""


@dataclass(frozen=True)
class Endpoint:
    """One that runs."""

    url: str
    process: psutil.Process


def running(home: Home) -> list[Endpoint]:
    """The endpoints of this stack that run now."""
    found = []
    for process in processes(str(home.root), PART):
        port = process.environ().get(variable(PART), "")
        found.append(Endpoint(f"http://127.0.0.1:{port}", process))
    return found


def end(home: Home, say: Say, seconds: float = 5) -> None:
    """End them politely, then by force: without its stack one would go on answering from what is gone."""
    for endpoint in running(home):
        endpoint.process.terminate()
        try:
            endpoint.process.wait(seconds)
        except psutil.TimeoutExpired:
            endpoint.process.kill()
        say(f"ended the endpoint {endpoint.url}, which `make serve` had started")
