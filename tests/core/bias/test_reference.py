"""Every measure against AWS's own package, on the tables of ``tests/core/bias/reference``."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.core.bias.reference.recorded import needs_package, record_now
from tests.core.bias.reference.tables import NUM_TABLES, table

from reviewloop.core.bias.measures import COLUMNS, measure_all

FOLDER = Path(__file__).parent / "reference"
RECORDED = json.loads((FOLDER / "smclarify-0.5.json").read_text())


def key(measure: str, outcome: int | None) -> str:
    return measure if outcome is None else f"{measure}:{outcome}"


@pytest.mark.parametrize(("place", "name"), list(enumerate(key(*column) for column in COLUMNS)))
def test_every_number_is_clarifys_to_1e_9(place: int, name: str) -> None:
    numbers, refused = 0, 0
    for seed in range(NUM_TABLES):
        ours, theirs = float(measure_all(np.array(table(seed)))[place]), RECORDED[str(seed)][name]
        if theirs is None:
            refused += 1
            assert np.isnan(ours), f"table {seed}: the package refuses, we say {ours}"
        else:
            numbers += 1
            assert ours == pytest.approx(theirs, rel=0, abs=1e-9), f"table {seed}"
    assert numbers >= 100
    assert numbers + refused == NUM_TABLES == len(RECORDED)


def test_the_tables_hold_the_hard_cases() -> None:
    tables = [np.array(table(seed)) for seed in range(NUM_TABLES)]
    lacking = [counts for counts in tables if (counts.sum(axis=1) == 0).any()]
    empty_strata = [counts for counts in tables if (counts.sum(axis=(0, 2)) == 0).any()]
    assert len(lacking) >= 5
    assert len(empty_strata) >= 1
    assert len(tables) - len(lacking) >= 50


@needs_package
def test_the_recorded_numbers_are_what_the_package_says(tmp_path: Path) -> None:
    now = record_now("record.py", tmp_path)
    assert now.keys() == RECORDED.keys()
    for seed, numbers in now.items():
        assert list(numbers) == list(RECORDED[seed])
        found, recorded = (np.array(list(one.values()), dtype=float) for one in (numbers, RECORDED[seed]))  # null is NaN
        np.testing.assert_allclose(found, recorded, rtol=0, atol=1e-12, err_msg=f"table {seed}")
