"""How the loop stands, for Prometheus: ``python -m reviewloop metrics`` answers ``GET /metrics`` on 127.0.0.1:9101.

What is told is looked up at a scrape, at most twice a minute however many scrape. A part that cannot be looked up (the registry is
away, the ledger is not whole) has no values, and ``reviewloop_part_up`` says so: what nobody knows must not look calm. Labels are
names of this program and the champion's version; nothing in them comes from a review.
"""

import argparse
import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from reviewloop.adapters import overview
from reviewloop.errors import ConfigError, ReviewloopError
from reviewloop.loopback import is_loopback, port

if TYPE_CHECKING:
    from wsgiref.simple_server import WSGIServer

log = logging.getLogger("reviewloop.exporter")

FRESH_SECONDS: Final = 30.0
"""As long as an answer is told again."""
_MONITORED: Final = 1
"""Days of the monitor that are looked at: Prometheus keeps the ones before."""


class Loop(Collector):
    """The loop as gauges. ``parts`` are asked one by one, each at most once in ``FRESH_SECONDS``."""

    def __init__(self, parts: "Mapping[str, Part] | None" = None, now: Callable[[], float] = time.monotonic) -> None:
        self._parts = PARTS if parts is None else parts
        self._now = now
        self._lock = threading.Lock()
        self._told: list[Metric] = []
        self._told_at = float("-inf")

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask the lake."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One scrape."""
        with self._lock:
            if self._now() - self._told_at >= FRESH_SECONDS:
                self._told = list(self._look())
                self._told_at = self._now()
            yield from self._told

    def _look(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("reviewloop_part_up", "1 where this part of the loop could be looked up.", labels=["part"])
        for name, part in self._parts.items():
            try:
                found = list(part())
            except Exception as error:
                log.warning("%s could not be looked up: %s", name, " ".join(str(error).split()))
                up.add_metric([name], 0)
            else:
                up.add_metric([name], 1)
                yield from found
        yield up


Part = Callable[[], Iterator[Metric]]


def _champion() -> Iterator[Metric]:
    found = overview.answering()
    version = GaugeMetricFamily(
        "reviewloop_champion_info", "The version that answers; none before the first release.", labels=["version"]
    )
    if found is not None:
        version.add_metric([found.version], 1)
        yield _gauge("champion_released_timestamp_seconds", "When it was released.", _seconds(found.act.at))
        yield _gauge("champion_agreed", "1 where registry and ledger name the same version.", int(not found.trouble))
    yield version


def _waiting() -> Iterator[Metric]:
    found = overview.waiting()
    yield _gauge("waiting", "What waits for a person: approvals, and what a rollout asks.", len(found))
    if found:
        oldest = min(_seconds(one.since) for one in found)
        yield _gauge("waiting_oldest_timestamp_seconds", "Since when the oldest of it waits.", oldest)


def _rollout() -> Iterator[Metric]:
    yield _gauge("rollout_under_way", "1 while a challenger is tried beside the champion.", int(bool(overview.rollout())))


def _delivered() -> Iterator[Metric]:
    for day in overview.landed_days(1):
        yield _gauge("landed_day_timestamp_seconds", "The newest day that a delivery has landed for, its midnight.", _seconds(day))


def _monitored() -> Iterator[Metric]:
    for one in overview.monitored_days(_MONITORED):
        found = one.verdict
        yield _gauge("monitored_day_timestamp_seconds", "The newest day that was monitored, its midnight.", _seconds(one.day))
        yield _gauge("monitored_day_moved", "1 where that day moved away from the reference.", int(found["fired"]))
        yield _gauge("monitored_day_reviews", "Reviews of that day.", found["num_rows"])
        if found.get("live_macro_f1") is not None:
            yield _gauge("monitored_day_macro_f1", "The champion's macro-F1 on that day's own ratings.", found["live_macro_f1"])


PARTS: Final[Mapping[str, Part]] = {
    "champion": _champion,
    "waiting": _waiting,
    "rollout": _rollout,
    "delivered": _delivered,
    "monitored": _monitored,
}
"""What is looked up, by the label that says whether it could be."""


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"reviewloop_{name}", help_text, value=value)


def _seconds(at: str) -> float:
    """Of a time (ISO 8601) or of a day's midnight, in seconds since 1970; UTC where it does not say."""
    found = datetime.fromisoformat(at)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def main(arguments: Sequence[str]) -> int:
    """Answer until the process is told to end; returns the exit status."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop metrics", description=__doc__, formatter_class=layout)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=port, default=9101, help="port to listen on (default: 9101)")
    parser.add_argument("--open", action="store_true", help="whoever reaches --host may ask: nothing here asks for a key")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        _, thread = serve(chosen.host, chosen.port, is_open=chosen.open)
    except (ReviewloopError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    with contextlib.suppress(KeyboardInterrupt):  # the way to end it in a terminal
        thread.join()
    return 0


def serve(host: str, port: int, *, is_open: bool, loop: Loop | None = None) -> "tuple[WSGIServer, threading.Thread]":
    """The server and its thread. Raises ``ConfigError`` where others than this machine could ask and nobody said that they may."""
    if not (is_open or is_loopback(host)):
        raise ConfigError(f"--host: {host}: others could ask there, and no key is asked for; listen on 127.0.0.1, or say --open")
    registry = CollectorRegistry()
    registry.register(loop or Loop())
    server, thread = start_http_server(port, host, registry)
    log.info("http://%s:%d/metrics", host, server.server_port)
    return server, thread
