"""The real-time endpoint; ``python -m reviewloop.serving`` runs it."""

import asyncio
import logging
import math
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException as StarletteHTTPException

from reviewloop.config import load_config
from reviewloop.models.cores import num_cores
from reviewloop.models.reader import Prepared
from reviewloop.serving.admission.bodies import Bodies, ClientDisconnect, TooLarge, TooSlow
from reviewloop.serving.admission.entrance import Entrance
from reviewloop.serving.admission.gatekeeper import Gatekeeper, refused
from reviewloop.serving.admission.quota import quota_of
from reviewloop.serving.api.routes import route_of, speaks_protocol
from reviewloop.serving.api.schemas import (
    CaptureCounts,
    HealthResponse,
    Liveness,
    PredictRequest,
    PredictResponse,
    Readiness,
    Refusal,
    RolloutState,
    VersionResponse,
    problems,
)
from reviewloop.serving.api.trace_context import TraceContext
from reviewloop.serving.captures.capture import Capture
from reviewloop.serving.handlers.explaining import explain_router
from reviewloop.serving.handlers.feedback import feedback_router
from reviewloop.serving.handlers.inference_protocol import in_one_line, protocol_router
from reviewloop.serving.handlers.page import page_router
from reviewloop.serving.handlers.prediction import Answering, HungUp, Invalid
from reviewloop.serving.inference.companions import Explainers, TrainingWords
from reviewloop.serving.inference.scheduler import Overloaded, Scheduler
from reviewloop.serving.keys import parse_keys
from reviewloop.serving.lifecycle import Lifecycle
from reviewloop.serving.metrics import Counted, Metrics, Reading, metrics_router
from reviewloop.serving.rollout.arms import Arms
from reviewloop.serving.rollout.champion import ChampionFollower
from reviewloop.serving.rollout.shadow import Shadow
from reviewloop.settings import settings

MEGABYTE = 10**6
LANE_HANGS_SECONDS = 1.0
"""A pass takes a tenth of it."""
HANGS_SECONDS = 10.0
"""Every core in a pass of the champion's for so long: the process answers nobody, and whoever sends requests must know."""
HANGS = f"no pass of the champion's has come back for {HANGS_SECONDS:g} s: start the endpoint anew"
REFUSALS = {
    401: "A key is asked for.",
    413: "The body is larger than the endpoint takes.",
    415: "The body does not say that it is JSON.",
    422: "What is wrong with the request, field by field.",
    429: "Overloaded, or the key's quota is used up; `Retry-After` says in how many seconds to come again.",
    500: "The model could not read the request.",
    503: "There is no model that answers.",
    504: "No answer within the time that the endpoint, or `X-Request-Timeout`, allows.",
}


def create_app(follow_seconds: float = 15, lifecycle: Lifecycle | None = None) -> FastAPI:
    """The endpoint; it looks every ``follow_seconds`` whether another champion was released.

    Raises ``ConfigError`` where the configuration, or a key's entry, is wrong.
    """
    lifecycle = lifecycle or Lifecycle()
    # uvicorn sets up only its own loggers; without this the champion's changes and dropped captures would be unseen.
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # A pass has one thread, and as many passes run as there are cores: threads of one pass would fight another's for them.
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
    # A task may wait for the registry; here whoever is to answer waits with it.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "5")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    limits = load_config().serving
    champion = ChampionFollower(follow_seconds, limits.pass_tokens)
    metrics = Metrics(limits.pass_tokens)
    capture = Capture(settings().work_dir / "captures", int(limits.max_spool_megabytes * MEGABYTE), metrics.captured)
    num_passes = limits.num_passes or num_cores() + 1
    bounds = (num_passes, limits.pass_tokens, limits.max_wait_ms / 1000, limits.max_waiting_tokens)
    lanes: list[Scheduler[Prepared]] = [Scheduler(*bounds, metrics.passed, metrics.waited, num_cores()) for _ in range(2)]
    scheduler, challenger_lane = lanes
    bodies = Bodies(int(limits.max_body_megabytes * MEGABYTE), int(limits.max_held_megabytes * MEGABYTE))

    def check_room(num_entering: int) -> None:
        """The lanes share the cores: under overload a challenger's requests are refused unread like the champion's. A challenger
        that hangs takes no core, and nobody is refused for what waits for it."""
        beside = 0.0 if challenger_lane.hangs(LANE_HANGS_SECONDS) else challenger_lane.ahead()
        scheduler.check_room(beside=beside, num_entering=num_entering)

    entrance = Entrance(check_room)

    async def until_spare() -> None:
        for lane in lanes:
            await lane.until_spare()

    shadow = Shadow(
        capture.put, lambda: champion.arms, until_spare, limits.shadow_tokens, limits.shadow_core_share, limits.timeout_seconds
    )
    training_words = TrainingWords()
    explainers = Explainers(load_config().explain.num_steps)
    seconds = (limits.timeout_seconds, limits.challenger_seconds)
    answering = Answering(scheduler, challenger_lane, shadow, entrance, bodies, capture, *seconds, training_words.of)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        champion.start()
        capture.start()
        shadow.start()
        yield
        await asyncio.to_thread(champion.stop)
        explainers.pool.shutdown()
        await shadow.close()
        for lane in lanes:
            await lane.close()
        await asyncio.to_thread(capture.close)

    # FastAPI's own page of `/docs` loads its scripts from elsewhere, and is blank where there is no internet.
    app = FastAPIOffline(
        redoc_url=None,
        title="reviewloop",
        summary="Sentiment of product reviews",
        version="1",
        lifespan=lifespan,
        swagger_ui_parameters={"validatorUrl": "none"},
    )
    keys = parse_keys(settings().serve_keys)
    quota = quota_of(limits.key_requests_per_minute, keys)
    app.add_middleware(Gatekeeper, keys=keys, quota=quota, entrance=entrance, bodies=bodies, lifecycle=lifecycle)
    app.add_middleware(TraceContext)
    app.add_middleware(Counted, metrics=metrics, route_of=route_of)

    def loaded() -> Arms:
        if champion.arms is None:
            raise HTTPException(503, champion.problem, headers={"Retry-After": str(math.ceil(follow_seconds))})
        return champion.arms

    def is_ready() -> bool:
        return champion.arms is not None and not lifecycle.draining and not scheduler.hangs(HANGS_SECONDS)

    metrics.watch(lambda: Reading.of([lane.load() for lane in lanes], capture.state(), champion.arms, is_ready()))

    @app.exception_handler(Invalid)
    async def refuse(request: Request, invalid: Invalid) -> Response:
        found = problems(invalid.errors)
        if speaks_protocol(request.url.path):
            return JSONResponse({"error": in_one_line(found)}, status_code=400)
        return JSONResponse({"detail": found}, status_code=422)

    @app.exception_handler(StarletteHTTPException)
    async def refuse_in_words(request: Request, error: StarletteHTTPException) -> Response:
        if speaks_protocol(request.url.path):
            return JSONResponse({"error": str(error.detail)}, status_code=error.status_code, headers=error.headers)
        return await http_exception_handler(request, error)

    @app.exception_handler(Overloaded)
    @app.exception_handler(TooLarge)
    @app.exception_handler(TooSlow)
    async def refuse_load(request: Request, refusal: Overloaded | TooLarge | TooSlow) -> Response:
        status, headers, body = refused(refusal, request.url.path)
        return Response(body, status, dict(headers))

    @app.exception_handler(HungUp)
    @app.exception_handler(ClientDisconnect)
    async def nobody_there(_: Request, __: Exception) -> Response:
        return Response(status_code=499)  # nginx's word in logs for a caller that hung up

    @app.post(
        "/predict",
        response_model=PredictResponse,
        responses={status: {"description": what, "model": Refusal} for status, what in REFUSALS.items()},
        openapi_extra=PredictRequest.as_body(),
    )
    async def predict(request: Request) -> Response:
        """Read 1 to 256 reviews."""
        return await answering.answer(request, loaded)

    @app.get("/health", response_model=HealthResponse)
    async def health() -> JSONResponse:
        """200 when a model answers, 503 with the reason otherwise: none is loaded, or its passes do not come back."""
        arms = champion.arms
        hangs = scheduler.hangs(HANGS_SECONDS)
        is_well = arms is not None and not hangs
        body = HealthResponse(
            status="ok" if is_well else "unavailable",
            reason=HANGS if hangs else champion.problem,
            version=arms.champion.version if arms else None,
            generation=arms.routing.generation if arms else None,
            rollout=RolloutState.of(arms.routing) if arms else None,
            captured=CaptureCounts(**asdict(capture.state())),
        )
        return JSONResponse(body.model_dump(), status_code=200 if is_well else 503)

    @app.get("/v2/health/live", response_model=Liveness)
    async def live() -> Liveness:
        """200 whenever this process answers at all, with a model or without."""
        return Liveness(live=True)

    @app.get("/v2/health/ready", response_model=Readiness, responses={503: {"model": Readiness}})
    async def ready() -> JSONResponse:
        """200 when requests should be sent here: a model is loaded and warm, and the process was not told to end."""
        return JSONResponse(Readiness(ready=is_ready()).model_dump(), status_code=200 if is_ready() else 503)

    @app.get("/version", response_model=VersionResponse)
    async def version() -> VersionResponse:
        """The model that answers now."""
        model = loaded().champion
        return VersionResponse(version=model.version, kind=model.kind, digest=model.digest, since=model.since)

    app.include_router(page_router())
    app.include_router(explain_router(bodies, loaded, explainers, training_words, limits.timeout_seconds))
    app.include_router(feedback_router(bodies, capture, limits.timeout_seconds))
    app.include_router(protocol_router(answering, loaded, settings().registered_model, is_ready))
    app.include_router(metrics_router(metrics))
    return app
