"""What goes over the wire: requests, answers, and the clear lines for a request that is wrong."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from reviewloop.core.visibility import can_be_seen

MAX_REVIEWS = 256
"""Reviews in one request."""
MAX_TEXT = 10_000
"""Characters in one review text."""
MAX_TITLE = 1_000
"""Characters in one title."""

_EXAMPLE: Final[JsonDict] = {
    "title": "Lovely, but",
    "text": "I love the color, but the zipper broke after one day and I am sending it back.",
}
"""What `/docs` offers to try; without it there would stand "string"."""


def _not_blank(text: str) -> str:
    if not can_be_seen(text):
        raise PydanticCustomError("blank", "must hold more than white space and characters that cannot be seen")
    return text


def _or_none(title: str | None) -> str | None:
    return title if title and can_be_seen(title) else None


class Body(BaseModel):
    """Base of all bodies: a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Review(Body):
    """One review to read."""

    title: Annotated[str | None, Field(max_length=MAX_TITLE), AfterValidator(_or_none)] = None
    """One that shows nothing is none, as in a delivery."""
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_not_blank)]


class PredictRequest(Body):
    """A batch of reviews."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reviews": [_EXAMPLE]}]})

    reviews: list[Review] = Field(min_length=1, max_length=MAX_REVIEWS)

    @classmethod
    def as_body(cls) -> dict[str, Any]:
        """Its part of the OpenAPI document, for a route that reads its own body."""
        schema = cls.model_json_schema()
        review = schema.pop("$defs")["Review"]
        schema["properties"]["reviews"]["items"] = review
        return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


class Probabilities(Body):
    """How likely each sentiment is; they sum to 1 up to rounding."""

    negative: float
    neutral: float
    positive: float


class Prediction(Body):
    """The most likely sentiment of one review."""

    sentiment: Literal["negative", "neutral", "positive"]
    probabilities: Probabilities


class PredictResponse(Body):
    """One prediction for each review, in the order asked. ``request_id`` names the captured record."""

    request_id: str
    version: str
    kind: str
    predictions: list[Prediction]


class Problem(Body):
    """One fault of a request."""

    field: str
    problem: str


class Refusal(Body):
    """Why there is no answer."""

    detail: str | list[Problem]


class VersionResponse(Body):
    """The model that answers now. ``since`` (UTC) is when this process began to answer with it."""

    version: str
    kind: str
    digest: str
    since: str


class CaptureCounts(Body):
    """Captured requests of this process: in the lake, still waiting, and lost."""

    written: int
    waiting: int
    dropped: int


class HealthResponse(Body):
    """Whether a model answers. ``reason`` says what is wrong, also when an older model still answers."""

    status: Literal["ok", "unavailable"]
    reason: str | None
    version: str | None
    captured: CaptureCounts


class Liveness(Body):
    """As the Open Inference Protocol names it."""

    live: bool


class Readiness(Body):
    """As the Open Inference Protocol names it."""

    ready: bool


def problems(errors: Sequence[Any]) -> list[dict[str, str]]:
    """Pydantic's errors as ``{"field": "reviews.3.text", "problem": ...}``.

    The input is not sent back: it may be long, personal, or text that no JSON answer can carry.
    """
    lines = []
    for error in errors:
        place = [str(part) for part in error["loc"] if part not in ("body", "header")]
        if error["type"] == "json_invalid":
            lines.append({"field": "body", "problem": f"not JSON: {error['ctx']['error']}"})
        else:
            lines.append({"field": ".".join(place) or "body", "problem": error["msg"]})
    return lines
