"""Every post-training measure against AWS's own package, on the answered tables and flips of ``tests/core/bias/reference``."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from tests.core.bias.reference.recorded import needs_package, record_now
from tests.core.bias.reference.tables import NUM_ANSWERED, NUM_FLIPPED, answered_table, flipped

from reviewloop.adapters.behaviour_suite import load_suite
from reviewloop.config import load_config
from reviewloop.core.behaviour.answers import ask
from reviewloop.core.behaviour.cases import FlipPair
from reviewloop.core.behaviour.flips import flip_results
from reviewloop.core.bias.after.measures import COLUMNS, generalized_entropy, measure_all

FOLDER = Path(__file__).parents[1] / "reference"
RECORDED = json.loads((FOLDER / "smclarify-0.5-after.json").read_text())
THEIR_NAMES = {"DCAcc": "DCA"}


def agree(name: str, ours: list[float], theirs: list[float | str | None]) -> int:
    """How many numbers there were; each is the package's, infinite where it is, and not defined where it refuses."""
    numbers = 0
    for seed, (mine, recorded) in enumerate(zip(ours, theirs, strict=True)):
        if recorded is None:
            assert math.isnan(mine), f"{name}, table {seed}: the package refuses, we say {mine}"
        else:
            numbers += math.isfinite(float(recorded))
            assert mine == pytest.approx(float(recorded), rel=0, abs=1e-9), f"{name}, table {seed}"
    return numbers


@pytest.mark.parametrize("place", range(len(COLUMNS)), ids=[f"{name}:{label}" for name, label in COLUMNS])
def test_every_number_is_clarifys_to_1e_9(place: int) -> None:
    name, label = COLUMNS[place]
    ours = [float(measure_all(np.array(answered_table(seed)))[place]) for seed in range(NUM_ANSWERED)]
    theirs = [RECORDED["tables"][str(seed)][f"{THEIR_NAMES.get(name, name)}:{label}"] for seed in range(NUM_ANSWERED)]
    assert agree(name, ours, theirs) >= 50


@pytest.mark.parametrize("label", range(3))
def test_generalized_entropy_is_clarifys_to_1e_9(label: int) -> None:
    tables = [np.array(answered_table(seed)).sum(axis=(0, 1)) for seed in range(NUM_ANSWERED)]
    theirs = [RECORDED["tables"][str(seed)][f"GE:{label}"] for seed in range(NUM_ANSWERED)]
    assert agree("GE", [float(generalized_entropy(table, label)) for table in tables], theirs) >= 50


def signed_flips(before: list[int], after: list[int], favourable: int) -> float:
    """As the behaviour suite measures them, of a model that says positive to the favourable label and negative to any other."""
    suite, _ = load_suite("womens_clothing")
    facet = next(iter(suite.flips))
    pairs = [
        FlipPair(facet, f"{place}:{first}", f"{place}:{then}")
        for place, (first, then) in enumerate(zip(before, after, strict=True))
    ]
    sure = {True: (0.0, 0.0, 1.0), False: (1.0, 0.0, 0.0)}
    answers = ask(
        lambda texts: np.array([sure[text.endswith(f":{favourable}")] for text in texts]),
        [text for pair in pairs for text in (pair.first, pair.second)],
    )
    return flip_results(suite, pairs, answers, load_config("test").behaviour.model_copy(update={"min_cases": 1}))[0].signed


@pytest.mark.parametrize("label", range(3))
def test_flips_on_two_outcomes_are_clarifys_flip_test_to_1e_9(label: int) -> None:
    ours = [signed_flips(*flipped(seed), label) for seed in range(NUM_FLIPPED)]
    theirs = [RECORDED["flips"][str(seed)][f"FT:{label}"] for seed in range(NUM_FLIPPED)]
    assert agree("FT", ours, theirs) >= 50
    assert sum(value != 0 for value in ours) >= 25


def test_the_tables_hold_the_hard_cases() -> None:
    recorded = [value for table in RECORDED["tables"].values() for value in table.values()]
    assert sum(value is None for value in recorded) >= 5
    assert {"inf", "-inf"} <= {value for value in recorded if isinstance(value, str)}
    sides = [np.array(answered_table(seed)).sum(axis=1) for seed in range(NUM_ANSWERED)]
    assert sum(bool((side.sum(axis=2) == 0).any()) for side in sides) >= 5  # a group lacks a label
    assert sum(bool((side.sum(axis=1) == 0).any()) for side in sides) >= 5  # or is never called so


@needs_package
def test_the_recorded_numbers_are_what_the_package_says(tmp_path: Path) -> None:
    now = record_now("record_after.py", tmp_path)
    assert now == RECORDED
