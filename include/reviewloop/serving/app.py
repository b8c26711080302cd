"""The real-time endpoint; ``python -m reviewloop.serving`` runs it."""

import asyncio
import logging
import math
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline

from reviewloop.config import load_config
from reviewloop.models.reader import Prepared
from reviewloop.serving.bodies import Bodies, ClientDisconnect, TooLarge
from reviewloop.serving.capture import Capture
from reviewloop.serving.champion import ChampionFollower, LoadedModel
from reviewloop.serving.gatekeeper import Gatekeeper, refused
from reviewloop.serving.keys import parse_keys
from reviewloop.serving.lifecycle import Lifecycle
from reviewloop.serving.prediction import Answering, HungUp, Invalid
from reviewloop.serving.scheduler import Overloaded, Scheduler
from reviewloop.serving.schemas import (
    CaptureCounts,
    HealthResponse,
    Liveness,
    PredictRequest,
    PredictResponse,
    Readiness,
    Refusal,
    VersionResponse,
    problems,
)
from reviewloop.settings import settings

MEGABYTE = 10**6
REFUSALS = {
    401: "A key is asked for.",
    413: "The body is larger than the endpoint takes.",
    415: "The body does not say that it is JSON.",
    422: "What is wrong with the request, field by field.",
    429: "Overloaded; `Retry-After` says in how many seconds what waits now has been read.",
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
    limits = load_config().serving
    champion = ChampionFollower(follow_seconds)
    capture = Capture(settings().work_dir / "captures", int(limits.max_spool_megabytes * MEGABYTE))
    num_passes = limits.num_passes or len(os.sched_getaffinity(0))
    scheduler: Scheduler[Prepared] = Scheduler(num_passes, limits.pass_tokens, limits.max_wait_ms / 1000, limits.max_waiting_tokens)
    bodies = Bodies(int(limits.max_body_megabytes * MEGABYTE), int(limits.max_held_megabytes * MEGABYTE))
    answering = Answering(scheduler, bodies, capture, limits.timeout_seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        champion.start()
        capture.start()
        yield
        await asyncio.to_thread(champion.stop)
        await scheduler.close()
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
    app.add_middleware(Gatekeeper, keys=keys, check_room=scheduler.check_room, bodies=bodies, lifecycle=lifecycle)

    def loaded() -> LoadedModel:
        if champion.current is None:
            raise HTTPException(503, champion.problem, headers={"Retry-After": str(math.ceil(follow_seconds))})
        return champion.current

    @app.exception_handler(Invalid)
    async def refuse(_: Request, invalid: Invalid) -> Response:
        return JSONResponse({"detail": problems(invalid.errors)}, status_code=422)

    @app.exception_handler(Overloaded)
    @app.exception_handler(TooLarge)
    async def refuse_load(_: Request, refusal: Overloaded | TooLarge) -> Response:
        status, headers, body = refused(refusal)
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
        """200 when a model answers, 503 with the reason otherwise."""
        model = champion.current
        body = HealthResponse(
            status="ok" if model else "unavailable",
            reason=champion.problem,
            version=model.version if model else None,
            captured=CaptureCounts(**asdict(capture.state())),
        )
        return JSONResponse(body.model_dump(), status_code=200 if model else 503)

    @app.get("/v2/health/live", response_model=Liveness)
    async def live() -> Liveness:
        """200 whenever this process answers at all, with a model or without."""
        return Liveness(live=True)

    @app.get("/v2/health/ready", response_model=Readiness, responses={503: {"model": Readiness}})
    async def ready() -> JSONResponse:
        """200 when requests should be sent here: a model is loaded and warm, and the process was not told to end."""
        is_ready = champion.current is not None and not lifecycle.draining
        return JSONResponse(Readiness(ready=is_ready).model_dump(), status_code=200 if is_ready else 503)

    @app.get("/version", response_model=VersionResponse)
    async def version() -> VersionResponse:
        """The model that answers now."""
        model = loaded()
        return VersionResponse(version=model.version, kind=model.kind, digest=model.digest, since=model.since)

    return app
