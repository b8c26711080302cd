"""The Open Inference Protocol (V2), REST, as a second face: the limits, scheduler and capture are those of `/predict`.

https://github.com/kserve/open-inference-protocol. Inputs ``text`` and, if wanted, ``title`` (BYTES, one string a review); outputs
``sentiment`` (BYTES) and ``probabilities`` (FP32, [reviews, 3], columns in the order of ``SENTIMENTS``). Tensors are JSON; the
extension for binary data is refused.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.rollout.routing import Routing
from reviewloop.serving.api.schemas import MAX_REVIEWS, PredictRequest, PredictResponse
from reviewloop.serving.handlers.prediction import Answering, Invalid, json_body
from reviewloop.serving.rollout.arms import Arms

INPUTS: Final = ("text", "title")
OUTPUTS: Final = ("sentiment", "probabilities")
_DIMENSION: Final = Field(ge=0, lt=2**64)
_NO_BINARY: Final = "tensors are read and written as JSON here; the binary data extension is not spoken"
BINARY_HEADER: Final = "inference-header-content-length"


def _flags_only(parameters: Any) -> Any:
    if isinstance(parameters, dict) and any(name.startswith("binary_data") and value for name, value in parameters.items()):
        raise ValueError(_NO_BINARY)
    return parameters


class _Sent(BaseModel):
    """Base of what is sent in: clients of other servers add fields of theirs, which say nothing here."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


Parameters = Annotated[dict[str, Any] | None, BeforeValidator(_flags_only)]


class InputTensor(_Sent):
    """``data`` is flat, in row-major order, or nested as ``shape`` says."""

    name: Literal["text", "title"]
    shape: list[Annotated[int, _DIMENSION]] = Field(min_length=1, max_length=2)
    datatype: Literal["BYTES"]
    parameters: Parameters = None
    data: list[str | list[str]] = Field(max_length=MAX_REVIEWS)


class RequestedOutput(_Sent):
    """An output that is wanted."""

    name: Literal["sentiment", "probabilities"]
    parameters: Parameters = None


class InferRequest(_Sent):
    """A batch of reviews as tensors."""

    id: str | None = Field(None, max_length=256)
    parameters: Parameters = None
    inputs: list[InputTensor] = Field(min_length=1, max_length=len(INPUTS))
    outputs: list[RequestedOutput] | None = Field(None, max_length=len(OUTPUTS))
    """None, or an empty list: all."""


class OutputTensor(BaseModel):
    """``data`` is flat, in row-major order."""

    name: str
    datatype: str
    shape: list[int]
    data: list[str] | list[float]


class InferResponse(BaseModel):
    """``id`` is the request's own, if it has one; ``parameters.request_id`` names the captured record."""

    model_name: str
    model_version: str
    id: str | None = None
    parameters: dict[str, str]
    outputs: list[OutputTensor]


class ErrorResponse(BaseModel):
    """Why there is no answer, in one line."""

    error: str


class Exchange:
    """One request and its answer in the words of the protocol."""

    def __init__(self, model_name: str) -> None:
        self._model_name = model_name
        self._id: str | None = None
        self._wanted: Sequence[str] = OUTPUTS

    def read(self, request: Request, body: bytes) -> PredictRequest:
        """The reviews that the tensors hold. Raises ``Invalid``, and ``HTTPException`` (415)."""
        if BINARY_HEADER in request.headers:
            raise _wrong(BINARY_HEADER, _NO_BINARY)
        asked = json_body(request, body, InferRequest)
        self._id = asked.id
        if asked.outputs:
            self._wanted = [output.name for output in asked.outputs]
            if len(set(self._wanted)) < len(self._wanted):
                raise _wrong("outputs", "an output is asked for twice")
        columns = {tensor.name: list(_flat(tensor)) for tensor in asked.inputs}
        if len(columns) < len(asked.inputs) or "text" not in columns:
            raise _wrong("inputs", "must hold `text` once, and may hold `title` once")
        texts, titles = columns["text"], columns.get("title", [""] * len(columns["text"]))
        if len(titles) != len(texts):
            raise _wrong("inputs", f"`title` has {len(titles)} elements, `text` has {len(texts)}; they must be as many")
        rows = [{"title": title, "text": text} for title, text in zip(titles, texts, strict=True)]
        try:
            return PredictRequest.model_validate({"reviews": rows})
        except ValidationError as error:
            raise Invalid(error.errors(include_url=False, include_input=False)) from None

    def write(self, answer: PredictResponse) -> str:
        """The tensors that were asked for, in that order."""
        num_reviews = len(answer.predictions)
        shares = [getattr(one.probabilities, name) for one in answer.predictions for name in SENTIMENTS]
        made = {
            "sentiment": OutputTensor(
                name="sentiment", datatype="BYTES", shape=[num_reviews], data=[one.sentiment for one in answer.predictions]
            ),
            "probabilities": OutputTensor(name="probabilities", datatype="FP32", shape=[num_reviews, len(SENTIMENTS)], data=shares),
        }
        told = InferResponse(
            model_name=self._model_name, model_version=answer.version, id=self._id,
            parameters={"request_id": answer.request_id, "kind": answer.kind}, outputs=[made[name] for name in self._wanted],
        )  # fmt: skip
        return told.model_dump_json(exclude_none=True)


def _flat(tensor: InputTensor) -> Iterator[str]:
    """The elements in row-major order. Raises ``Invalid`` where they are not as many as ``shape`` says, or nested otherwise."""
    num_elements = math.prod(tensor.shape)
    if len(tensor.shape) == 2 and tensor.shape[1] != 1:
        raise _wrong("inputs", f"shape of `{tensor.name}` must be [reviews] or [reviews, 1]")
    flat = [text for row in tensor.data for text in ([row] if isinstance(row, str) else row)]
    is_nested = any(not isinstance(row, str) for row in tensor.data)
    if len(flat) != num_elements or (is_nested and (len(tensor.shape) == 1 or len(flat) != len(tensor.data))):
        raise _wrong(
            "inputs",
            f"shape of `{tensor.name}` is {tensor.shape}, but its data holds {len(flat)} elements in {len(tensor.data)} rows",
        )
    yield from flat


def _wrong(field: str, problem: str) -> Invalid:
    return Invalid([{"type": "protocol", "loc": (field,), "msg": problem}])


def in_one_line(problems: Sequence[dict[str, str]]) -> str:
    """The first faults of a request, as the protocol's ``error`` has room for them."""
    lines = [f"{one['field']}: {one['problem']}" for one in problems[:3]]
    return "; ".join([*lines, *([f"and {len(problems) - 3} more"] if len(problems) > 3 else [])])


def protocol_router(answering: Answering, loaded: Callable[[], Arms], model_name: str, is_ready: Callable[[], bool]) -> APIRouter:
    """Routes under ``/v2``; ``loaded`` raises ``HTTPException`` (503) where no model answers."""
    refusals: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorResponse} for status in (400, 401, 404, 413, 415, 429, 503, 504)
    }
    router = APIRouter(responses=refusals)

    def found(name: str, version: str | None) -> Arms:
        if name != model_name:
            raise HTTPException(404, f"no such model; the one here is {model_name}")
        arms = loaded()
        if version is None:
            return arms
        if version != arms.champion.version:
            raise HTTPException(404, f"no such version answers by its number; the one that does is {arms.champion.version}")
        # Who asks for the champion by its number is not drawn for an arm, and is no evidence for either of the two.
        return Arms(Routing(arms.routing.generation, arms.routing.champion), arms.champion)

    @router.get("/v2")
    async def server_metadata() -> dict[str, Any]:
        """What answers here, in the words of the Open Inference Protocol."""
        return {"name": "reviewloop", "version": "1", "extensions": []}

    @router.get("/v2/models/{name}")
    @router.get("/v2/models/{name}/versions/{version}")
    async def model_metadata(name: str, version: str | None = None) -> dict[str, Any]:
        """The tensors that go in and out, and the version that answers now."""
        model = found(name, version).champion
        return {
            "name": model_name,
            "versions": [model.version],
            "platform": f"reviewloop_{model.kind}",
            "inputs": [{"name": one, "datatype": "BYTES", "shape": [-1]} for one in INPUTS],
            "outputs": [
                {"name": "sentiment", "datatype": "BYTES", "shape": [-1]},
                {"name": "probabilities", "datatype": "FP32", "shape": [-1, len(SENTIMENTS)]},
            ],
        }

    @router.get("/v2/models/{name}/ready")
    @router.get("/v2/models/{name}/versions/{version}/ready")
    async def model_ready(name: str, version: str | None = None) -> JSONResponse:
        """200 when requests should be sent to this model."""
        found(name, version)
        return JSONResponse({"name": model_name, "ready": is_ready()}, status_code=200 if is_ready() else 503)

    infer_body = {"requestBody": {"required": True, "content": {"application/json": {"schema": _inlined(InferRequest)}}}}

    @router.post("/v2/models/{name}/infer", response_model=InferResponse, openapi_extra=infer_body)
    @router.post("/v2/models/{name}/versions/{version}/infer", response_model=InferResponse, openapi_extra=infer_body)
    async def infer(request: Request, name: str, version: str | None = None) -> Response:
        """Read 1 to 256 reviews, given as tensors."""
        exchange = Exchange(model_name)
        return await answering.answer(request, lambda: found(name, version), exchange.read, exchange.write)

    return router


def _inlined(model: type[BaseModel]) -> dict[str, Any]:
    """The schema without references, for a route that reads its own body."""
    schema = model.model_json_schema()
    known = schema.pop("$defs", {})

    def whole(part: Any) -> Any:
        if isinstance(part, dict):
            if "$ref" in part:
                return whole(known[part["$ref"].rpartition("/")[2]])
            return {name: whole(value) for name, value in part.items()}
        return [whole(one) for one in part] if isinstance(part, list) else part

    found: dict[str, Any] = whole(schema)
    return found
