"""``POST /predict``: from the bytes of a request to the bytes of its answer."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final, TypeVar

from fastapi import HTTPException, Request, Response
from pydantic import BaseModel, ValidationError
from starlette.background import BackgroundTask

from reviewloop.core.familiarity import Note, notes
from reviewloop.core.rollout.evidence import CHALLENGER, CHAMPION
from reviewloop.core.rollout.routing import Routing
from reviewloop.core.texts import model_text
from reviewloop.models.reader import Prepared
from reviewloop.serving.admission.bodies import Bodies
from reviewloop.serving.admission.entrance import Entrance
from reviewloop.serving.admission.gatekeeper import CALLER
from reviewloop.serving.api.schemas import PredictRequest, PredictResponse
from reviewloop.serving.api.trace_context import traceparent
from reviewloop.serving.captures.capture import Capture
from reviewloop.serving.captures.records import Call, Outcome, answer_record, one_line, predictions
from reviewloop.serving.inference.loaded import LoadedModel
from reviewloop.serving.inference.scheduler import Overloaded, Scheduler
from reviewloop.serving.rollout.arms import Arms, unit_of
from reviewloop.serving.rollout.patience import LATE_SECONDS, Patience
from reviewloop.serving.rollout.shadow import Reading, Shadow

log = logging.getLogger(__name__)

TIMEOUT_HEADER: Final = "x-request-timeout"
"""Seconds that the caller waits; what nobody waits for is not read."""
ARM_HEADER: Final = "x-reviewloop-arm"
GENERATION_HEADER: Final = "x-reviewloop-generation"
INLINE_TEXTS: Final = 8
"""So many texts are made ready at once on the event loop, in about a millisecond; more of them elsewhere."""
CHALLENGER_SHARE: Final = 0.5
"""Of the time that is left, how much a challenger has at most; the rest is for the champion to answer in its place."""
LOOK_SECONDS: Final = 0.25
"""Between two looks whether the version that is waited for still answers."""
MOST_LISTED: Final = 2_000
"""Faults of one request that are looked at one by one: more than 256 reviews have, whatever is wrong with all of their fields."""
NOT_READ: Final = "the model could not read the request"

T = TypeVar("T")
Sent = TypeVar("Sent", bound=BaseModel)


class Invalid(Exception):
    """A request that cannot be read as one; ``errors`` in pydantic's form."""

    def __init__(self, errors: list[Any]) -> None:
        super().__init__(f"{len(errors)} problems")
        self.errors = errors


class HungUp(Exception):
    """The caller went away before the answer."""


class Withdrawn(Exception):
    """Who was to answer does not answer any more."""


@dataclass(frozen=True)
class Answered:
    """The answer, and what it came of. ``shadow`` is to be offered once the answer has left."""

    response: PredictResponse
    arm: str
    generation: int
    shadow: Reading | None


@dataclass(frozen=True)
class _Asked:
    """One request on its way. ``deadline`` is of the event loop's clock, ``started`` of ``perf_counter``."""

    request: Request
    call: Call
    body: PredictRequest
    unit: tuple[str, bool]
    texts: Sequence[str]
    deadline: float
    started: float

    def latency_ms(self) -> float:
        return 1000 * (perf_counter() - self.started)


@dataclass(frozen=True)
class Answering:
    """What one process answers with. ``challenger_lane`` has threads of its own: a challenger that hangs or is slow keeps the
    champion from nothing but its share of the cores."""

    scheduler: Scheduler[Any]
    challenger_lane: Scheduler[Any]
    shadow: Shadow
    entrance: Entrance
    bodies: Bodies
    capture: Capture
    timeout_seconds: float
    challenger_seconds: float
    words_of: Callable[[LoadedModel], Collection[str] | None] = lambda _: None
    """The words that a model was trained on, if they are known here."""
    patience: Patience = field(default_factory=Patience)

    async def answer(
        self,
        request: Request,
        loaded: Callable[[], Arms],
        parsed: Callable[[Request, bytes], PredictRequest] | None = None,
        written: Callable[[PredictResponse], str] = PredictResponse.model_dump_json,
    ) -> Response:
        """Read, ask the model, answer and capture. Raises what stands in ``app``'s table of refusals, each with its status.

        Another face than `/predict` says with ``parsed`` and ``written`` how its requests and answers look.
        """
        answered = await self._read(request, parsed or parse, loaded)
        headers = {ARM_HEADER: answered.arm, GENERATION_HEADER: str(answered.generation)}
        after = BackgroundTask(self.shadow.offer, answered.shadow) if answered.shadow else None
        return Response(written(answered.response), headers=headers, media_type="application/json", background=after)

    async def _read(
        self, request: Request, parsed: Callable[[Request, bytes], PredictRequest], loaded: Callable[[], Arms]
    ) -> Answered:
        started, received_at = perf_counter(), datetime.now(UTC)
        seconds = self._timeout(request)
        deadline = asyncio.get_running_loop().time() + seconds
        caller = getattr(request.state, CALLER, None)
        call = Call(uuid.uuid4().hex, received_at, caller, traceparent(request.scope["headers"]))
        held = await self.bodies.read(request, seconds)
        try:
            self.entrance.enter(request.scope)  # once more, where the body came later than the head
            body = parsed(request, bytes(held.content))
            texts = [model_text(review.title, review.text) for review in body.reviews]
            asked = _Asked(request, call, body, unit_of(body, call.request_id), texts, deadline, started)
            return await self._answer(asked, loaded, seconds)
        finally:
            held.release()

    async def _answer(self, asked: _Asked, loaded: Callable[[], Arms], seconds: float) -> Answered:
        arms = loaded()
        if seconds < LATE_SECONDS and arms.routing.challenger_share > 0:
            # There is no time for two: whoever is so hurried gets the champion in either arm, and is no evidence for either.
            return await self._ask_champion(asked, arms, is_instead=True, seconds=seconds)
        failed: dict[str, Any] | None = None
        while (challenger := arms.challenger) is not None and arms.arm_of(asked.unit[0]) == CHALLENGER:
            try:
                outcome = await self._ask_challenger(asked, challenger, loaded)
            except Withdrawn:
                arms = loaded()
                continue
            record = self._record(asked, arms.routing, CHALLENGER, challenger, outcome)
            if outcome.predictions is not None:
                self.capture.put(record)
                return self._answered(asked, arms, CHALLENGER, challenger, outcome)
            if isinstance(outcome.refusal, HungUp):
                self.capture.put(record)
                raise outcome.refusal
            failed = record
            break
        try:
            return await self._ask_champion(asked, loaded() if failed else arms, is_instead=failed is not None, seconds=seconds)
        finally:
            if failed:  # after the answer: what is said of the request later is said of what its caller saw
                self.capture.put(failed)

    async def _ask_challenger(self, asked: _Asked, model: LoadedModel, loaded: Callable[[], Arms]) -> Outcome:
        if self.patience.is_over(model):
            return Outcome(504, asked.latency_ms(), error="not asked: the last requests were left without an answer in time")
        now = asyncio.get_running_loop().time()
        deadline = now + min(self.challenger_seconds, CHALLENGER_SHARE * (asked.deadline - now))
        outcome = await self._ask(asked, self.challenger_lane, model, deadline, lambda: loaded().holds(model))
        self.patience.heard(model, outcome.status)
        return outcome

    async def _ask_champion(self, asked: _Asked, arms: Arms, is_instead: bool, seconds: float) -> Answered:
        # In a challenger's place it answers whom nobody assigned to it: that is no evidence for either of the two.
        routing = Routing(arms.routing.generation, arms.routing.champion) if is_instead else arms.routing
        outcome = await self._ask(asked, self.scheduler, arms.champion, asked.deadline, lambda: True)
        if outcome.refusal is None or arms.challenger is not None:  # arms are compared: each tells of all that it was asked
            self.capture.put(self._record(asked, routing, CHAMPION, arms.champion, outcome))
        if outcome.refusal is not None:
            raise outcome.refusal
        if outcome.status == 504:
            raise _too_late(seconds)
        if outcome.predictions is None:
            raise HTTPException(outcome.status, NOT_READ)
        return self._answered(asked, arms, CHAMPION, arms.champion, outcome, is_shadowed=not is_instead)

    async def _ask(
        self, asked: _Asked, lane: Scheduler[Any], model: LoadedModel, deadline: float, is_named: Callable[[], bool]
    ) -> Outcome:
        """Raises ``Withdrawn``; all else that can go wrong is an outcome. Who goes away after a wait of ``LATE_SECONDS`` was left
        without an answer in time, and that is the version's fault; who goes sooner may have had reasons of his own."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout_at(deadline):
                is_short = len(asked.texts) <= INLINE_TEXTS
                items, noted = (
                    self._prepare(model, asked.texts) if is_short else await asyncio.to_thread(self._prepare, model, asked.texts)
                )
                probabilities = await unless_gone(asked.request, lane.answer(model, items), is_named)
            num_tokens = sum(item.num_tokens for item in items)
            return Outcome(200, asked.latency_ms(), predictions(probabilities, noted), num_tokens=num_tokens)
        except Withdrawn:
            raise
        except Overloaded as refusal:
            return Outcome(429, asked.latency_ms(), error=one_line(refusal), refusal=refusal)
        except HungUp as refusal:
            if (waited := clock() - began) >= LATE_SECONDS:
                words = f"no answer in time: the caller went away after {waited:.1f} s"
                return Outcome(504, asked.latency_ms(), error=words, refusal=refusal)
            return Outcome(499, asked.latency_ms(), error="HungUp: the caller went away", refusal=refusal)
        except TimeoutError:
            return Outcome(504, asked.latency_ms(), error="no answer in time")
        except Exception as error:
            log.exception("version %s failed on request %s", model.version, asked.call.request_id)
            return Outcome(500, asked.latency_ms(), error=one_line(error))

    def _record(self, asked: _Asked, routing: Routing, arm: str, model: LoadedModel, outcome: Outcome) -> dict[str, Any]:
        return answer_record(asked.call, asked.body, asked.unit, routing, arm, model, outcome)

    def _answered(
        self, asked: _Asked, arms: Arms, arm: str, model: LoadedModel, outcome: Outcome, is_shadowed: bool = False
    ) -> Answered:
        response = PredictResponse(
            request_id=asked.call.request_id, version=model.version, kind=model.kind, digest=model.digest,
            predictions=list(outcome.predictions or ()),
        )  # fmt: skip
        shadow = None
        if is_shadowed and arms.is_shadowed(asked.unit[0]):
            shadow = Reading(asked.call, arms, asked.texts, outcome.num_tokens)
        return Answered(response, arm, arms.routing.generation, shadow)

    def _prepare(self, model: LoadedModel, texts: Sequence[str]) -> tuple[list[Prepared], list[list[Note]]]:
        words = self.words_of(model)
        return model.prepare(texts), [notes(text, words) for text in texts]

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


def _too_late(seconds: float) -> HTTPException:
    return HTTPException(504, f"no answer within {seconds:g} s")


def parse(request: Request, body: bytes) -> PredictRequest:
    """The request as its schema has it; see ``json_body``."""
    return json_body(request, body, PredictRequest)


def json_body(request: Request, body: bytes, schema: type[Sent]) -> Sent:
    """``body`` as ``schema`` has it. Raises ``Invalid``, also where it is nested too deep, and 415 where it is not JSON.

    A page of another site may send plain text to this machine's endpoint without asking; JSON it may not.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise HTTPException(415, "content-type: must be application/json")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise HTTPException(415, "content-encoding: is not taken; send the JSON as it is")
    try:
        return schema.model_validate_json(body)
    except ValidationError as error:
        if (num := error.error_count()) > MOST_LISTED:  # a list of all takes many times what they took to find, and keeps everybody
            words = f"has {num:,} faults; send no other fields than those that /docs names"
            raise Invalid([{"type": "too_many", "loc": ("body",), "msg": words}]) from None
        raise Invalid(error.errors(include_url=False, include_input=False)) from None


async def unless_gone(request: Request, work: Coroutine[Any, Any, T], is_named: Callable[[], bool] = lambda: True) -> T:
    """What ``work`` gives; raises ``HungUp``, and ends the work, as soon as the caller has gone, ``Withdrawn`` soon after who was
    to answer is not named any more."""
    working, gone = asyncio.ensure_future(work), asyncio.ensure_future(request.receive())
    try:
        while True:
            await asyncio.wait((working, gone), timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            if gone.done():
                raise HungUp
            if not is_named():
                raise Withdrawn
    finally:
        working.cancel()
        gone.cancel()
