"""What goes over the wire: requests, answers, and the clear lines for a request that is wrong."""

import datetime
import math
import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from reviewloop.core.familiarity import Note
from reviewloop.core.rollout.routing import Routing
from reviewloop.core.visibility import can_be_seen

MAX_REVIEWS = 256
"""Reviews in one request."""
MAX_TEXT = 10_000
"""Characters in one review text."""
MAX_TITLE = 1_000
"""Characters in one title."""
MAX_PROBLEMS: Final = 20
"""Faults that one answer names; a request of thousands is no reason for an answer of thousands."""
UNNAMED: Final = "(unknown field)"
_NAME: Final = re.compile(r"[A-Za-z_-]{1,30}")
MAX_NAME = 200
"""Characters in a unit, or in the name of a dataset."""

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


def _no_truth(value: Any) -> Any:
    """``true`` is 1 to Python, and would be another review's number."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "must be a whole number, and is true or false")
    return value


def _finite(value: Any) -> Any:
    """1e999 is the infinity of whoever sends it: as a name all of them would be one."""
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "must be text, or a number that a double can hold")
    return value


class Body(BaseModel):
    """Base of all bodies: a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Review(Body):
    """One review to read."""

    title: Annotated[str | None, Field(max_length=MAX_TITLE), AfterValidator(_or_none)] = None
    """One that shows nothing is none, as in a delivery."""
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_not_blank)]
    review_id: Annotated[int | None, Field(ge=0, lt=2**63), BeforeValidator(_no_truth)] = None
    """As in the delivery that will bring the review to the lake: answers find their ratings by it, the dataset and the day."""
    dataset: str | None = Field(None, min_length=1, max_length=MAX_NAME)
    day: datetime.date | None = Field(None, strict=True)
    product: Annotated[
        str | None, Field(min_length=1, max_length=MAX_NAME, coerce_numbers_to_str=True), BeforeValidator(_finite)
    ] = None
    """As the deliveries name it: complaints about it count before the review is delivered."""


class PredictRequest(Body):
    """A batch of reviews."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reviews": [_EXAMPLE]}]})

    reviews: list[Review] = Field(min_length=1, max_length=MAX_REVIEWS)
    unit: Annotated[str | None, Field(min_length=1, max_length=MAX_NAME, coerce_numbers_to_str=True), BeforeValidator(_finite)] = (
        None
    )
    """For whom it is asked, such as a customer's number: during a rollout one unit is answered by one version."""

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
    notes: list[Note] = []
    """What to know before it is believed: that the text is not English, or unlike what the model was trained on."""


class PredictResponse(Body):
    """One prediction for each review, in the order asked. ``request_id`` names the captured record."""

    request_id: str
    version: str
    kind: str
    digest: str
    """Of the files of the model that computed the answer."""
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


class RolloutState(Body):
    """The rollout that this process takes part in. Shares are from 0 to 1."""

    stage: str
    challenger: str
    challenger_share: float
    shadow_share: float

    @classmethod
    def of(cls, routing: Routing) -> "RolloutState | None":
        """None without a rollout."""
        if routing.challenger is None:
            return None
        return cls(
            stage=routing.stage, challenger=routing.challenger.version,
            challenger_share=routing.challenger_share, shadow_share=routing.shadow_share,
        )  # fmt: skip


class HealthResponse(Body):
    """Whether a model answers. ``reason`` says what is wrong, also when an older model still answers.

    ``generation`` is the number of the ledger's event that holds here: who released something sees whether it has arrived.
    """

    status: Literal["ok", "unavailable"]
    reason: str | None
    version: str | None
    generation: int | None
    rollout: RolloutState | None
    captured: CaptureCounts


class Liveness(Body):
    """As the Open Inference Protocol names it."""

    live: bool


class Readiness(Body):
    """As the Open Inference Protocol names it."""

    ready: bool


def problems(errors: Sequence[Any]) -> list[dict[str, str]]:
    """Pydantic's errors as ``{"field": "reviews.3.text", "problem": ...}``, the first ``MAX_PROBLEMS`` of them.

    The input is not sent back: it may be long, personal, or text that no JSON answer can carry. A field of another name is named
    where it looks like a misspelt one.
    """
    lines = []
    for error in errors[:MAX_PROBLEMS]:
        place = [str(part) for part in error["loc"] if part not in ("body", "header")]
        if error["type"] == "extra_forbidden" and place and not _NAME.fullmatch(place[-1]):
            place[-1] = UNNAMED
        if error["type"] == "json_invalid":
            lines.append({"field": "body", "problem": f"not JSON: {error['ctx']['error']}"})
        else:
            lines.append({"field": ".".join(place) or "body", "problem": error["msg"]})
    if len(errors) > MAX_PROBLEMS:
        lines.append({"field": "body", "problem": f"and {len(errors) - MAX_PROBLEMS:,} more"})
    return lines
