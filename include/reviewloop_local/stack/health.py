"""Is a part ready? Asked of the part itself, over HTTP."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reviewloop_local.errors import LocalError
from reviewloop_local.stack.ports import Ports

Say = Callable[[str], None]
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy has no business between us and 127.0.0.1


@dataclass(frozen=True)
class PartState:
    """A part as supervisord sees it. ``started`` is in seconds since the epoch."""

    name: str
    state: str
    started: float
    description: str


def get(url: str, seconds: float = 5) -> bytes | None:
    """The body of a 200 answer; ``None`` when there is no answer or another one."""
    try:
        with _DIRECT.open(url, timeout=seconds) as answer:
            body: bytes = answer.read()
            return body
    except (OSError, urllib.error.HTTPError):
        return None


def airflow_ready(health: Mapping[str, Any], component: str, started: float) -> bool:
    """Whether Airflow's own health report has the component healthy by a heartbeat of this process, not of an earlier one."""
    report = health.get(component) or {}
    beat = report.get(f"latest_{component}_heartbeat")
    return report.get("status") == "healthy" and beat is not None and datetime.fromisoformat(beat).timestamp() >= started


def is_ready(part: PartState, ports: Ports) -> bool:
    """Whether the part does its work. ``RUNNING`` alone says only that the process lives."""
    if part.state not in {"RUNNING", "STARTING"}:
        return False
    if part.name == "aws":
        return get(f"{ports.aws_url}/_ministack/health") is not None
    if part.name == "mlflow":
        return get(f"{ports.mlflow_url}/health") is not None
    health = json.loads(get(f"{ports.airflow_url}/api/v2/monitor/health") or b"{}")
    if part.name == "airflow-api-server":
        return bool(health.get("metadatabase", {}).get("status") == "healthy")
    return airflow_ready(health, part.name.removeprefix("airflow-").replace("-", "_"), part.started)


def wait_until_ready(
    names: tuple[str, ...], states: Callable[[], Mapping[str, PartState]], ports: Ports, say: Say, seconds: float = 240
) -> None:
    """Say one line a part as it becomes ready.

    Raises ``LocalError`` when a part has given up (supervisord's ``FATAL``) or the time is up.
    """
    begun = time.monotonic()
    waiting = list(names)
    while waiting:
        now = states()
        for name in list(waiting):
            part = now[name]
            if part.state == "FATAL":
                raise LocalError(f"{name} does not start ({part.description}): see `make logs PART={name}`")
            if is_ready(part, ports):
                waiting.remove(name)
                say(f"{name} ready after {time.monotonic() - begun:.0f} s")
        if time.monotonic() - begun > seconds:
            raise LocalError(f"{', '.join(waiting)} not ready after {seconds:.0f} s: see `make logs PART={waiting[0]}`")
        time.sleep(0.3)
