"""What is captured: answers, and what a challenger read unseen. Readers join the two by ``request_id``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from reviewloop.core.familiarity import Note
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.rollout.evidence import CHALLENGER
from reviewloop.core.rollout.routing import Routing
from reviewloop.serving.api.schemas import Prediction, PredictRequest, Probabilities
from reviewloop.serving.inference.loaded import LoadedModel

DROPPED: Final = "dropped"
"""The error of a shadow that was not read; its status is 0."""
MAX_ERROR: Final = 300
"""Characters of an error."""


@dataclass(frozen=True)
class Call:
    """One request as it came in. ``caller`` is the name of its key."""

    request_id: str
    received_at: datetime
    caller: str | None
    traceparent: str | None


@dataclass(frozen=True)
class Outcome:
    """What a model made of a request: the status of HTTP, and predictions or why there are none. ``num_tokens`` as it counted.

    ``refusal``: what the caller is told where it is not a model's error: of 429 and 499 (who hung up; nginx's word for it), and of
    504 where the caller had waited in vain and hung up.
    """

    status: int
    latency_ms: float
    predictions: Sequence[Prediction] | None = None
    error: str | None = None
    num_tokens: int = 0
    refusal: Exception | None = None


def answer_record(
    call: Call, asked: PredictRequest, unit: tuple[str, bool], routing: Routing, arm: str, model: LoadedModel, outcome: Outcome
) -> dict[str, Any]:
    """Of an arm that was to answer. ``routing`` without a rollout: it counts for none."""
    return {
        "received_at": call.received_at.isoformat(),
        "event": "answer",
        "request_id": call.request_id,
        "unit": unit[0],
        "sticky": unit[1],
        **_place(routing, arm),
        "version": model.version,
        "kind": model.kind,
        "form": model.form,
        "digest": model.digest,
        **_outcome(outcome),
        "caller": call.caller,
        "traceparent": call.traceparent,
        "reviews": [review.model_dump(mode="json") for review in asked.reviews],
    }


def shadow_record(call: Call, routing: Routing, model: LoadedModel, num_tokens: int, outcome: Outcome) -> dict[str, Any]:
    """Of a challenger that nobody waited for. ``num_tokens`` as the champion counted them, so that lengths of what was read and
    what was dropped can be compared."""
    return {
        "received_at": call.received_at.isoformat(),
        "event": "shadow",
        "request_id": call.request_id,
        **_place(routing, CHALLENGER),
        "version": model.version,
        "digest": model.digest,
        **_outcome(outcome),
        "num_tokens": num_tokens,
    }


def predictions(probabilities: np.ndarray, noted: Sequence[list[Note]] | None = None) -> list[Prediction]:
    """Of probabilities (reviews, 3), rounded to six places, with what is to be known of each text."""
    return [_prediction(row, noted[place] if noted else []) for place, row in enumerate(probabilities)]


def _prediction(probabilities: np.ndarray, noted: list[Note]) -> Prediction:
    shares = {name: round(float(share), 6) for name, share in zip(SENTIMENTS, probabilities, strict=True)}
    return Prediction(sentiment=SENTIMENTS[int(probabilities.argmax())], probabilities=Probabilities(**shares), notes=noted)


def one_line(error: BaseException) -> str:
    """An error's first line with its type, cut."""
    words = str(error).strip().splitlines()
    return f"{type(error).__name__}: {words[0] if words else 'no words'}"[:MAX_ERROR]


def _place(routing: Routing, arm: str) -> Mapping[str, Any]:
    return {"generation": routing.generation, "rollout": routing.rollout or None, "stage": routing.stage or None, "arm": arm}


def _outcome(outcome: Outcome) -> Mapping[str, Any]:
    found = outcome.predictions
    return {
        "status": outcome.status,
        "latency_ms": round(outcome.latency_ms, 3),
        "predictions": None if found is None else [prediction.model_dump() for prediction in found],
        "error": outcome.error,
    }
