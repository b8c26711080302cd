"""The parts of a request: every text goes through each of them, and what they do not account for is told."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from reviewloop.models.predictor import Predictor
from reviewloop.models.reader import Prepared, Reading
from reviewloop_local.bench_serving.breakdown import ANSWER, CAPTURE, MODEL, NOTES, PARSE, TOKENISE, Breakdown, break_down

TEXTS = ("I love it", "Too small", "It is what it is")


class Reader:
    def __init__(self) -> None:
        self.prepared: list[list[str]] = []
        self.answered: list[list[str]] = []

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        self.prepared.append(list(texts))
        return [Prepared(text, len(text)) for text in texts]

    def answer(self, items: Sequence[Prepared]) -> np.ndarray:
        self.answered.append([item.content for item in items])
        return np.tile([0.2, 0.3, 0.5], (len(items), 1))

    def read(self, items: Sequence[Prepared]) -> Reading:
        return Reading(self.answer(items), None)


def test_every_text_goes_through_every_part(tmp_path: Path) -> None:
    reader = Reader()
    found = break_down(Predictor("transformer", "openvino_int8", reader), TEXTS, tmp_path / "spool")
    assert list(found.parts) == [PARSE, TOKENISE, NOTES, MODEL, ANSWER, CAPTURE]
    alone = [[text] for text in TEXTS]
    assert reader.prepared == [list(TEXTS), *alone, list(TEXTS)]
    assert reader.answered[1:-1] == alone
    assert sorted(reader.answered[-1]) == sorted(TEXTS), "together"
    kept = [json.loads(line) for path in sorted(tmp_path.rglob("*.jsonl")) for line in path.read_text().splitlines()]
    assert [record["reviews"][0]["text"] for record in kept] == list(TEXTS)


def test_what_no_part_accounts_for_is_the_rest_and_notes_are_in_no_whole_of_the_race() -> None:
    found = Breakdown({PARSE: 0.1, NOTES: 5.0, MODEL: 8.0}, shared=6.0)
    assert found.rest(10.0) == pytest.approx(1.9)
