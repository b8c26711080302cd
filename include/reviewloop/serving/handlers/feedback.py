"""``POST /feedback``: what an answered review really was, from whoever knows; captured, and joined by its readers."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from reviewloop.serving.admission.bodies import Bodies
from reviewloop.serving.admission.gatekeeper import CALLER
from reviewloop.serving.api.schemas import MAX_REVIEWS, Body, Refusal
from reviewloop.serving.captures.capture import Capture
from reviewloop.serving.handlers.prediction import json_body


class Feedback(Body):
    """The true label of one review of one answered request."""

    request_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    """As the answer had it."""
    index: Annotated[int, Field(ge=0, lt=MAX_REVIEWS, strict=True)] = 0
    """Which review of the request, from 0."""
    sentiment: Literal["negative", "neutral", "positive"]
    by: Annotated[str | None, Field(min_length=1, max_length=100)] = None
    """Who says so: a person or a program, in the caller's own words."""
    correction: Annotated[bool, Field(strict=True)] = False
    """Whether it takes the place of what was said of this answer before; else the first counts."""


class Accepted(Body):
    """It is kept. Whether an answer of this id was ever given, its readers find out."""

    accepted: bool


def feedback_router(bodies: Bodies, capture: Capture, timeout_seconds: float) -> APIRouter:
    """The route. 202: this process does not remember what it, or another, has answered, so the id cannot be looked up here."""
    router = APIRouter()
    schema = Feedback.model_json_schema()
    told = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
    refusals: dict[int | str, dict[str, Any]] = {status: {"model": Refusal} for status in (401, 413, 415, 422, 429, 504)}

    @router.post("/feedback", status_code=202, response_model=Accepted, openapi_extra=told, responses=refusals)
    async def feedback(request: Request) -> JSONResponse:
        """Tell the true sentiment of a review that was answered; 202, for the id is checked where answers and labels are joined."""
        body = await bodies.read(request, timeout_seconds)
        try:
            given = json_body(request, bytes(body.content), Feedback)
        finally:
            body.release()
        state = request.scope.get("state", {})
        capture.put(
            {
                "received_at": datetime.now(UTC).isoformat(),
                "event": "feedback",
                **given.model_dump(),
                "caller": state.get(CALLER),
                "traceparent": state.get("traceparent"),
            }
        )
        return JSONResponse({"accepted": True}, status_code=202)

    return router
