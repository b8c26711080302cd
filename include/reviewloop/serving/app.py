"""The real-time endpoint: ``uvicorn --factory reviewloop.serving.app:create_app --host 127.0.0.1 --port 8000``."""

import asyncio
import logging
import math
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import numpy as np
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.texts import model_text
from reviewloop.serving.capture import CaptureWriter
from reviewloop.serving.champion import ChampionFollower, LoadedModel
from reviewloop.serving.schemas import (
    CaptureCounts,
    HealthResponse,
    Prediction,
    PredictRequest,
    PredictResponse,
    Probabilities,
    VersionResponse,
    problems,
)


def create_app(follow_seconds: float = 15) -> FastAPI:
    """The endpoint; it looks every ``follow_seconds`` whether another champion was released."""
    # uvicorn sets up only its own loggers; without this the champion's changes and dropped captures would be unseen.
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    champion = ChampionFollower(follow_seconds)
    capture = CaptureWriter()
    inference = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")
    """One at a time: a second forward pass would fight the first for the same cores."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        champion.start()
        capture.start()
        yield
        await asyncio.to_thread(champion.stop)
        inference.shutdown()
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

    def loaded() -> LoadedModel:
        if champion.current is None:
            raise HTTPException(503, champion.problem, headers={"Retry-After": str(math.ceil(follow_seconds))})
        return champion.current

    @app.exception_handler(RequestValidationError)
    async def refuse(_: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"detail": problems(error.errors())}, status_code=422)

    @app.post("/predict", response_model=PredictResponse)
    async def predict(body: PredictRequest) -> PredictResponse:
        """Read 1 to 256 reviews."""
        model = loaded()
        received_at = datetime.now(UTC)
        texts = [model_text(review.title, review.text) for review in body.reviews]
        probabilities = await asyncio.get_running_loop().run_in_executor(inference, model.predict, texts)
        answer = PredictResponse(
            request_id=uuid.uuid4().hex, version=model.version, kind=model.kind, predictions=[_prediction(p) for p in probabilities]
        )
        record = {"received_at": received_at.isoformat(), "digest": model.digest, **body.model_dump(), **answer.model_dump()}
        capture.put(f"day={received_at:%Y-%m-%d}/{answer.request_id}.json", record)
        return answer

    @app.get("/health", response_model=HealthResponse)
    async def health() -> JSONResponse:
        """200 when a model answers, 503 with the reason otherwise."""
        model = champion.current
        body = HealthResponse(
            status="ok" if model else "unavailable",
            reason=champion.problem,
            version=model.version if model else None,
            captured=CaptureCounts(**capture.counts()),
        )
        return JSONResponse(body.model_dump(), status_code=200 if model else 503)

    @app.get("/version", response_model=VersionResponse)
    async def version() -> VersionResponse:
        """The model that answers now."""
        model = loaded()
        return VersionResponse(version=model.version, kind=model.kind, digest=model.digest, since=model.since)

    return app


def _prediction(probabilities: np.ndarray) -> Prediction:
    shares = {name: round(float(share), 6) for name, share in zip(SENTIMENTS, probabilities, strict=True)}
    return Prediction(sentiment=SENTIMENTS[int(probabilities.argmax())], probabilities=Probabilities(**shares))
