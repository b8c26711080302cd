"""The gates on what a model understands: each stops a reading model with its fault, by name, and lets a sound one pass."""

import re
from functools import cache

import pytest
from tests.helpers.behaving import Reader, behaviour_of
from tests.helpers.judged import GOOD

from reviewloop.config import load_config
from reviewloop.core.gates.gates import Evidence, failed, judge_all


def refusing(reader: Reader) -> set[str]:
    """The gates that refuse the reader, all its other metrics being good."""
    seen = GOOD | {name: value for name, value in behaviour_of(reader).items() if name in GOOD}
    return {result.name for result in failed(judge_all(load_config("local").gates, Evidence(seen)))}


@cache
def sound() -> set[str]:
    return refusing(Reader())


def test_a_model_that_reads_well_passes() -> None:
    assert sound() == set()


@pytest.mark.parametrize(
    ("reader", "gate"),
    [
        (Reader(hears_negation=False), "behaviour_minimum"),
        (Reader(sees=lambda text: "love"), "behaviour_minimum"),
        (Reader(sees=lambda text: text if re.match(r"[A-Z]", text) else "hate"), "behaviour_invariance"),
        (Reader(sees=lambda text: text.split(" parcel")[0]), "behaviour_direction"),
        (Reader(grudge=r"\b(6\d|7\d) years|sixties|seventies|elderly|retiree|grandmother"), "flip_rate"),
        (Reader(grudge=r"wife|woman|mother|\bshe\b"), "flip_rate"),
    ],
)
def test_a_fault_of_reading_is_stopped_by_its_gate(reader: Reader, gate: str) -> None:
    assert gate in refusing(reader)
