"""Where a request's processor time goes: each part of it by itself, in this process and for many requests."""

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from reviewloop.core.familiarity import notes
from reviewloop.core.rollout.evidence import CHAMPION
from reviewloop.core.rollout.routing import Arm, Routing
from reviewloop.core.texts import model_text, vocabulary
from reviewloop.models.predictor import Predictor
from reviewloop.serving.api.schemas import PredictRequest, PredictResponse
from reviewloop.serving.captures.records import Call, Outcome, answer_record, predictions
from reviewloop.serving.captures.spool import Spool
from reviewloop.serving.inference.loaded import LoadedModel

PARSE: Final = "JSON to a checked request"
TOKENISE: Final = "texts to tokens"
NOTES: Final = "notes on foreign and unfamiliar texts"
MODEL: Final = "the model, one text a pass"
ANSWER: Final = "the answer as JSON"
CAPTURE: Final = "the captured record, to this disk"
REST: Final = "HTTP, the scheduler, hand-overs between threads, the way to the lake"


@dataclass(frozen=True)
class Breakdown:
    """Milliseconds of processor time a request of one text. ``shared``: of the model, where texts of one length share passes as
    full as they come. The race's endpoint has no words of a training part and makes no notes, so they are in no whole of its."""

    parts: dict[str, float]
    shared: float

    def rest(self, whole: float) -> float:
        """Of a request that took ``whole``, what no part accounts for."""
        return whole - sum(ms for name, ms in self.parts.items() if name != NOTES)


def break_down(predictor: Predictor, texts: Sequence[str], folder: Path) -> Breakdown:
    """Take each text through all parts, one part after the other. ``folder`` is written to."""
    model = LoadedModel("1", "0" * 64, "", predictor)
    routing = Routing(1, Arm(model.version, model.digest, ""))
    bodies = [json.dumps({"reviews": [{"text": text}]}).encode() for text in texts]
    words = frozenset(vocabulary(texts))
    spool = Spool(folder, max_bytes=10**9)
    spool.start()
    parts: dict[str, float] = {}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        before = time.process_time()
        yield
        parts[name] = 1000 * (time.process_time() - before) / len(texts)

    model.predictor.predict_proba(texts)  # every length has been read once
    with timed(PARSE):
        asked = [PredictRequest.model_validate_json(body) for body in bodies]
        read = [model_text(one.reviews[0].title, one.reviews[0].text) for one in asked]
    with timed(TOKENISE):
        items = [model.prepare([text]) for text in read]
    with timed(NOTES):
        noted = [[notes(text, words)] for text in read]
    with timed(MODEL):
        answers = [model.answer(item) for item in items]
    with timed(ANSWER):
        found = [predictions(probabilities, noted[place]) for place, probabilities in enumerate(answers)]
        for one in found:
            PredictResponse(
                request_id=uuid.uuid4().hex, version=model.version, kind=model.kind, digest=model.digest, predictions=one
            ).model_dump_json()
    with timed(CAPTURE):
        for one, body in zip(found, asked, strict=True):
            call = Call(uuid.uuid4().hex, datetime.now(UTC), None, None)
            spool.put(answer_record(call, body, (call.request_id, False), routing, CHAMPION, model, Outcome(200, 1.0, one)))
        spool.close()
    spool.release()
    with timed("shared"):
        model.predictor.predict_proba(texts)
    return Breakdown(parts, parts.pop("shared") - parts[TOKENISE])
