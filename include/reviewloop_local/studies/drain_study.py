"""Does a restart behind a load balancer cost a request? ``python -m reviewloop_local.studies.drain_study``.

HAProxy stands before two endpoints and asks each five times a second whether it is ready; it tries no request twice. Clients that
keep their connections ask without a pause while one endpoint after the other is told to end (SIGTERM), and is started again. Exit
status 0 only where every request was answered, every process ended with status 0, and each answer was captured.
"""

import argparse
import gzip
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console

from reviewloop_local.endpoint_process import EndpointProcess
from reviewloop_local.errors import LocalError
from reviewloop_local.loop.display import new_console
from reviewloop_local.stack.ports import is_free
from reviewloop_local.studies.endpoint_program import WORDS, FolderLedger, endpoint_of, make_model

NUM_CLIENTS: Final = 6
UP_SECONDS: Final = 2.0
"""Between two restarts: until the balancer has seen that the last one is back."""
READY_SECONDS: Final = 120.0
"""Its checks find both endpoints ready; on a machine that does much else they come late."""
ENDING_SECONDS: Final = 60.0
PORTS: Final = range(28100, 28900)


@dataclass
class Seen:
    """``failed``: what clients saw in the place of an answer. ``statuses`` of the processes that were told to end."""

    num_answers: int = 0
    failed: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    num_captured: int = 0


@contextmanager
def balanced(haproxy: str, folder: Path, port: int, servers: Sequence[int]) -> Iterator[str]:
    """The balancer's URL, as long as it runs."""
    lines = [f"  server endpoint-{at} 127.0.0.1:{to} check inter 200ms fall 1 rise 1" for at, to in enumerate(servers)]
    config = folder / "haproxy.cfg"
    config.write_text(
        "defaults\n  mode http\n  retries 0\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
        "  timeout check 10s\n"
        f"listen endpoints\n  bind 127.0.0.1:{port}\n  balance roundrobin\n  http-reuse always\n"
        "  option httpchk GET /v2/health/ready\n" + "\n".join(lines) + "\n"
    )
    with (folder / "haproxy.log").open("wb") as sink:
        process = subprocess.Popen([haproxy, "-f", str(config)], stdout=sink, stderr=sink)  # noqa: S603
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + READY_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            try:
                if httpx.get(f"{url}/v2/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        else:
            raise LocalError(f"HAProxy does not answer: see {folder / 'haproxy.log'}")
        yield url
    finally:
        process.terminate()
        process.wait()


def ask_on(url: str, seen: Seen, enough: threading.Event, pause: float, seed: int) -> None:
    """One client, until it is enough; ``pause`` seconds between an answer and its next request."""
    draw = random.Random(seed)
    with httpx.Client(base_url=url, timeout=60) as http:
        while not enough.wait(pause):
            text = " ".join(draw.choices(WORDS, k=draw.randint(3, 20)))
            try:
                response = http.post("/predict", json={"reviews": [{"text": text}]})
            except httpx.TransportError as error:
                seen.failed.append(repr(error))
                continue
            if response.status_code == 200:
                seen.num_answers += 1
            else:
                seen.failed.append(f"{response.status_code}: {response.text[:200]}")


def study(haproxy: str, folder: Path, num_requests: int, num_restarts: int, hidden: int = 128, pause: float = 0.0) -> Seen:
    """Restart one endpoint after the other, and go on until there were so many answers; see ``ask_on`` for ``pause``."""
    ledger, seen, enough = FolderLedger(folder), Seen(), threading.Event()
    model = folder / "models" / "1"
    digest = make_model(model, 1, hidden)
    act = ledger.tell("promoted", "1", digest, {"source": str(model)})
    ports = [port for port in PORTS if is_free(port)][:3]
    endpoints = {port: endpoint_of(folder, port) for port in ports[:2]}
    with ExitStack() as stack:
        stack.callback(_end, endpoints)
        for endpoint in endpoints.values():
            endpoint.wait_for(act.number)
        url = stack.enter_context(balanced(haproxy, folder, ports[2], ports[:2]))
        clients = [threading.Thread(target=ask_on, args=(url, seen, enough, pause, seed)) for seed in range(NUM_CLIENTS)]
        for client in clients:
            client.start()
            stack.callback(client.join)
        stack.callback(enough.set)
        for number in range(num_restarts):
            time.sleep(UP_SECONDS)
            port = ports[number % 2]
            process = endpoints[port].process
            process.send_signal(signal.SIGTERM)
            seen.statuses.append(process.wait(ENDING_SECONDS))
            endpoints[port].http.close()
            endpoints[port] = endpoint_of(folder, port)
            endpoints[port].wait_for(act.number)
        while seen.num_answers < num_requests and not seen.failed:
            time.sleep(0.1)
    seen.num_captured = sum(_answers(path) for path in (folder / "captured").rglob("*.gz"))
    return seen


def _end(endpoints: Mapping[int, EndpointProcess]) -> None:
    for endpoint in endpoints.values():
        endpoint.end()


def _answers(path: Path) -> int:
    lines = gzip.decompress(path.read_bytes()).splitlines()
    return sum(json.loads(line)["event"] == "answer" for line in lines)


def report(console: Console, seen: Seen) -> bool:
    """Tell; whether nobody noticed."""
    ended = ", ".join(map(str, seen.statuses))
    console.print(f"{seen.num_answers} answers over {len(seen.statuses)} restarts; {len(seen.failed)} requests failed")
    console.print(f"exit statuses {ended}; {seen.num_captured} answers captured")
    for line in seen.failed[:5]:
        console.print(f"  {line}", markup=False)
    return not seen.failed and not any(seen.statuses) and seen.num_captured == seen.num_answers


def main(arguments: list[str] | None = None) -> int:
    """Print what was seen."""
    parser = argparse.ArgumentParser(prog="make study-drain", description=__doc__)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--restarts", type=int, default=6)
    chosen, console = parser.parse_args(arguments), new_console()
    haproxy = shutil.which("haproxy")
    if haproxy is None:
        console.print("✗ nothing was measured: haproxy is not installed (scripts/debian installs it)")
        return 2
    with tempfile.TemporaryDirectory(prefix="reviewloop-drain-") as folder:
        is_well = report(console, study(haproxy, Path(folder), chosen.requests, chosen.restarts))
    console.print("nobody noticed" if is_well else "somebody noticed")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
