"""What one process tells Prometheus: counted where it happens, read at each scrape, and with no label that a caller chooses.

A registry of its own, so that nothing else in the process is told. Labels are routes of this endpoint, classes of statuses,
reasons, arms and the versions that are loaded now: a version that answers no more is gone at the next scrape.
"""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from reviewloop.core.rollout.evidence import CHALLENGER, CHAMPION
from reviewloop.serving.admission import quota
from reviewloop.serving.admission.gatekeeper import REFUSED_FOR
from reviewloop.serving.captures.capture import CaptureState
from reviewloop.serving.inference.scheduler import Load
from reviewloop.serving.rollout.arms import Arms

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

REASONS: Final = {401: "no_key", 413: "too_large", 429: "overloaded", 503: "no_model", 504: "too_late"}
"""Status -> why a request was not answered, where that was not the request's own fault."""
SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the buckets of times."""
SHARES: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
OTHER: Final = "other"
"""Label of a path that is no route, and of an arm that is none."""


class Present(Protocol):
    """A model that is loaded."""

    @property
    def version(self) -> str:
        """Of the registry."""
        ...

    @property
    def kind(self) -> str:
        """As ``model.json`` names it."""
        ...

    @property
    def digest(self) -> str:
        """Of its files."""
        ...


@dataclass(frozen=True)
class Reading:
    """The process at the moment of a scrape. ``generation`` is of the rollout's plan; ``models`` are by arm."""

    load: Load
    captured: CaptureState
    models: Mapping[str, Present]
    generation: int | None
    is_ready: bool

    @classmethod
    def of(cls, loads: Sequence[Load], captured: CaptureState, arms: Arms | None, is_ready: bool) -> "Reading":
        """Of all lanes together; the rate is the first's, for the others have the same cores."""
        load = Load(
            sum(one.waiting_tokens for one in loads),
            sum(one.waiting_requests for one in loads),
            sum(one.running_passes for one in loads),
            loads[0].tokens_per_second,
        )
        if arms is None:
            return cls(load, captured, {}, None, is_ready)
        models = {CHAMPION: arms.champion} | ({CHALLENGER: arms.challenger} if arms.challenger else {})
        return cls(load, captured, models, arms.routing.generation, is_ready)


class Metrics:
    """Counters and histograms of one process; ``read`` is called at each scrape for what is true then."""

    def __init__(self, pass_tokens: int) -> None:
        self._pass_tokens = pass_tokens
        self.registry = CollectorRegistry()
        new: dict[str, Any] = {"registry": self.registry, "namespace": "reviewloop"}
        self._requests = Counter("requests", "Requests, by route and class of status.", ["route", "status"], **new)
        self._seconds = Histogram("request_seconds", "From the first byte to the answer.", ["route"], buckets=SECONDS, **new)
        self._refused = Counter("refused", "Requests that were shed or kept out, by reason.", ["reason"], **new)
        self._answers = Counter("answers", "Captured answers and shadow answers, by arm.", ["event", "arm", "outcome"], **new)
        self._reviews = Counter("reviews_read", "Reviews that a model has read.", **new)
        self._tokens = Counter("tokens_read", "Tokens that a model has read, without padding.", **new)
        self._wait = Histogram("wait_seconds", "From the queue to the first pass.", buckets=SECONDS, **new)
        self._compute = Histogram("compute_seconds", "Of one pass of a model.", buckets=SECONDS, **new)
        self._fill = Histogram("pass_fill_ratio", "Tokens of one pass, as a share of serving.pass_tokens.", buckets=SHARES, **new)
        for reason in (*REASONS.values(), quota.REASON):  # there from the beginning: what is not there cannot rise
            self._refused.labels(reason)

    def watch(self, read: Callable[[], Reading]) -> None:
        """Ask ``read`` at each scrape."""
        self.registry.register(_Gauges(read))

    def answered(self, route: str, status: int, seconds: float, refused_for: str | None = None) -> None:
        """One request and its answer; ``refused_for`` where the status alone does not tell why it was refused."""
        self._requests.labels(route, f"{status // 100}xx").inc()
        self._seconds.labels(route).observe(seconds)
        if reason := refused_for or REASONS.get(status):
            self._refused.labels(reason).inc()

    def captured(self, record: Mapping[str, Any]) -> None:
        """One captured record; feedback is counted by its route alone."""
        event = record.get("event", "answer")
        if event not in ("answer", "shadow"):
            return
        arm, status = record.get("arm", CHAMPION), record.get("status", 200)
        outcome = "ok" if status == 200 else "dropped" if status == 0 else "failed"
        self._answers.labels(event, arm if arm in (CHAMPION, CHALLENGER) else OTHER, outcome).inc()

    def waited(self, seconds: float) -> None:
        """One request, when its first text is read."""
        self._wait.observe(seconds)

    def passed(self, num_items: int, num_tokens: int, seconds: float) -> None:
        """One pass, as the scheduler tells it."""
        self._reviews.inc(num_items)
        self._tokens.inc(num_tokens)
        self._compute.observe(seconds)
        self._fill.observe(num_tokens / self._pass_tokens)


class _Gauges(Collector):
    """What is true at the moment of a scrape, and no value that was true before."""

    def __init__(self, read: Callable[[], Reading]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        now = self._read()
        yield _gauge("queue_tokens", "Tokens that wait for a pass.", now.load.waiting_tokens)
        yield _gauge("queue_requests", "Requests that wait for a pass.", now.load.waiting_requests)
        yield _gauge("running_passes", "Passes that run.", now.load.running_passes)
        yield _gauge("tokens_per_second", "What all cores read, as measured.", now.load.tokens_per_second)
        yield _gauge("ready", "1 when requests should be sent here.", int(now.is_ready))
        states = GaugeMetricFamily("reviewloop_captured_records", "Records of this process, by where they are.", labels=["state"])
        for state in ("written", "waiting", "dropped"):
            states.add_metric([state], getattr(now.captured, state))
        yield states
        if now.generation is not None:
            yield _gauge("plan_generation", "Of the rollout's plan that this process follows.", now.generation)
        models = GaugeMetricFamily(
            "reviewloop_model_info", "The models that are loaded, by arm.", labels=["arm", "version", "kind", "digest"]
        )
        for arm, model in now.models.items():
            models.add_metric([arm, model.version, model.kind, model.digest[:16]], 1)
        yield models


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"reviewloop_{name}", help_text, value=value)


class Counted:
    """ASGI middleware: every request is counted, also one that is refused before the framework sees it."""

    def __init__(self, app: App, metrics: Metrics, route_of: Callable[[Scope], str]) -> None:
        self._app = app
        self._metrics = metrics
        self._route_of = route_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one of the server's own messages."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noted(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            refused_for = scope.get("state", {}).get(REFUSED_FOR)
            self._metrics.answered(self._route_of(scope), status, time.perf_counter() - started, refused_for)


def metrics_router(metrics: Metrics) -> APIRouter:
    """``GET /metrics``. It asks for a key where one is asked for: Prometheus sends one (``authorization`` of a scrape)."""
    router = APIRouter()

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def scrape() -> Response:
        """This process, in Prometheus's text format."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router
