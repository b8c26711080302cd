"""``POST /predict``: from the bytes of a request to the bytes of its answer."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import numpy as np
from fastapi import HTTPException, Request, Response
from pydantic import ValidationError

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.texts import model_text
from reviewloop.serving.bodies import Bodies
from reviewloop.serving.capture import Capture
from reviewloop.serving.champion import LoadedModel
from reviewloop.serving.scheduler import Scheduler
from reviewloop.serving.schemas import Prediction, PredictRequest, PredictResponse, Probabilities

TIMEOUT_HEADER: Final = "x-request-timeout"
"""Seconds that the caller waits; what nobody waits for is not read."""
INLINE_TEXTS: Final = 8
"""So many texts are made ready at once on the event loop, in about a millisecond; more of them elsewhere."""

T = TypeVar("T")


class Invalid(Exception):
    """A request that cannot be read as one; ``errors`` in pydantic's form."""

    def __init__(self, errors: list[Any]) -> None:
        super().__init__(f"{len(errors)} problems")
        self.errors = errors


class HungUp(Exception):
    """The caller went away before the answer."""


@dataclass(frozen=True)
class Answering:
    """What one process answers with."""

    scheduler: Scheduler[Any]
    bodies: Bodies
    capture: Capture
    timeout_seconds: float

    async def answer(self, request: Request, loaded: Callable[[], LoadedModel]) -> Response:
        """Read, ask the model, answer and capture. Raises what stands in ``app``'s table of refusals, each with its status."""
        seconds = self._timeout(request)
        try:
            async with asyncio.timeout(seconds):
                body = await self.bodies.read(request)
                try:
                    return await self._answer(request, bytes(body.content), loaded())
                finally:
                    body.release()
        except TimeoutError:
            raise HTTPException(504, f"no answer within {seconds:g} s") from None

    async def _answer(self, request: Request, body: bytes, model: LoadedModel) -> Response:
        received_at = datetime.now(UTC)
        asked = parse(request, body)
        texts = [model_text(review.title, review.text) for review in asked.reviews]
        items = model.prepare(texts) if len(texts) <= INLINE_TEXTS else await asyncio.to_thread(model.prepare, texts)
        probabilities = await unless_gone(request, self.scheduler.answer(model, items))
        answer = PredictResponse(
            request_id=uuid.uuid4().hex, version=model.version, kind=model.kind, predictions=[_prediction(p) for p in probabilities]
        )
        record = {"received_at": received_at.isoformat(), "digest": model.digest, **asked.model_dump(), **answer.model_dump()}
        self.capture.put(record)
        return Response(answer.model_dump_json(), media_type="application/json")

    def _timeout(self, request: Request) -> float:
        given = request.headers.get(TIMEOUT_HEADER)
        if given is None:
            return self.timeout_seconds
        try:
            seconds = float(given)
        except ValueError:
            seconds = float("nan")
        if not 0 < seconds <= self.timeout_seconds:
            allowed = f"must be a number of seconds above 0 and at most {self.timeout_seconds:g}"
            raise Invalid([{"type": "timeout", "loc": ("header", TIMEOUT_HEADER), "msg": allowed}])
        return seconds


def parse(request: Request, body: bytes) -> PredictRequest:
    """The request as its schema has it. Raises ``Invalid``, also where it does not say that it is JSON.

    A page of another site may send plain text to this machine's endpoint without asking; JSON it may not.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise HTTPException(415, "content-type: must be application/json")
    try:
        return PredictRequest.model_validate_json(body)
    except ValidationError as error:
        raise Invalid(error.errors(include_url=False, include_input=False)) from None


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` gives; raises ``HungUp``, and ends the work, as soon as the caller has gone."""
    working, gone = asyncio.ensure_future(work), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise HungUp
        return working.result()
    finally:
        working.cancel()
        gone.cancel()


def _prediction(probabilities: np.ndarray) -> Prediction:
    shares = {name: round(float(share), 6) for name, share in zip(SENTIMENTS, probabilities, strict=True)}
    return Prediction(sentiment=SENTIMENTS[int(probabilities.argmax())], probabilities=Probabilities(**shares))
