"""``POST /explain``: one review, its answer, and what each of its words adds to that. Slow, and kept out of an answer's way."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final, Literal

from fastapi import APIRouter, HTTPException, Request, Response

from reviewloop.core.familiarity import Note, notes
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.texts import model_text
from reviewloop.errors import ReviewloopError
from reviewloop.serving.admission.bodies import Bodies
from reviewloop.serving.api.schemas import Body, Probabilities, Refusal, Review
from reviewloop.serving.captures.records import one_line
from reviewloop.serving.handlers.prediction import HungUp, Invalid, json_body, unless_gone
from reviewloop.serving.inference.companions import Explainers, TrainingWords
from reviewloop.serving.inference.scheduler import Overloaded
from reviewloop.serving.rollout.arms import Arms

log = logging.getLogger(__name__)

MAX_WAITING: Final = 4
"""Explanations at once, the one that runs included; one more is refused with 429."""
MAX_EXPLAINED: Final = 2_000
"""Characters of a text: the longest real review has 500, and a text costs as it is long."""
AGAIN_SECONDS: Final = "15"
"""When a lake or a registry that is away is asked again."""
NOT_EXPLAINED: Final = "the model could not explain the request"


class Word(Body):
    """A word at ``start`` to ``end`` of the text. ``weight`` (logits): above 0 it speaks for the answer, below against it."""

    start: int
    end: int
    weight: float


class ExplainResponse(Body):
    """Why the answer is what it is. ``text`` is what the model reads; words from ``num_read`` on it does not read any more."""

    version: str
    kind: str
    method: str
    text: str
    sentiment: Literal["negative", "neutral", "positive"]
    probabilities: Probabilities
    notes: list[Note]
    words: list[Word]
    num_read: int


def explain_router(
    bodies: Bodies, loaded: Callable[[], Arms], explainers: Explainers, training_words: TrainingWords, timeout_seconds: float
) -> APIRouter:
    """The route. At most ``MAX_WAITING`` at once, in a thread of their own; ``/predict`` under load is served before it."""
    router = APIRouter()
    told = {"requestBody": {"required": True, "content": {"application/json": {"schema": Review.model_json_schema()}}}}
    refusals: dict[int | str, dict[str, Any]] = {status: {"model": Refusal} for status in (401, 413, 415, 422, 429, 500, 503, 504)}
    waiting = 0

    async def explained(text: str) -> Response:
        model = loaded().champion
        loop = asyncio.get_running_loop()
        method, found = await loop.run_in_executor(explainers.pool, explainers.explain, model, text)
        shares = {name: round(share, 6) for name, share in zip(SENTIMENTS, found.probabilities, strict=True)}
        answer = ExplainResponse(
            version=model.version, kind=model.kind, method=method, text=found.text, sentiment=SENTIMENTS[found.label],
            probabilities=Probabilities(**shares), notes=notes(text, training_words.of(model)), num_read=found.num_read,
            words=[
                Word(start=start, end=end, weight=round(weight, 4))
                for (start, end), weight in zip(found.spans, found.weights, strict=True)
            ],
        )  # fmt: skip
        return Response(answer.model_dump_json(), media_type="application/json")

    @router.post("/explain", response_model=ExplainResponse, openapi_extra=told, responses=refusals)
    async def explain(request: Request) -> Response:
        """Which words of one review made the answer what it is."""
        nonlocal waiting
        body = await bodies.read(request, timeout_seconds)
        try:
            review = json_body(request, bytes(body.content), Review)
        finally:
            body.release()
        text = model_text(review.title, review.text)
        if len(text) > MAX_EXPLAINED:
            raise Invalid(
                [{"type": "too_long", "loc": ("text",), "msg": f"with its title, must be at most {MAX_EXPLAINED:,} characters"}]
            )
        if waiting >= MAX_WAITING:
            raise Overloaded(waiting)
        waiting += 1
        try:
            async with asyncio.timeout(timeout_seconds):
                return await unless_gone(request, explained(text))
        except TimeoutError:
            raise HTTPException(504, f"no explanation within {timeout_seconds:g} s") from None
        except ReviewloopError as error:  # the model is loaded once more to be explained, and answers on where that fails
            log.warning("no explanation: %s", error)
            raise HTTPException(503, f"no explanation now: {one_line(error)}", headers={"Retry-After": AGAIN_SECONDS}) from None
        except (HTTPException, HungUp):
            raise
        except Exception:
            log.exception("an explanation failed")
            raise HTTPException(500, NOT_EXPLAINED) from None
        finally:
            waiting -= 1

    return router
