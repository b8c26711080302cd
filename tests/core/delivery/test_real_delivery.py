"""The real data set, where it is at hand: ``REVIEWLOOP_REAL_CSV``, or the file in ``../shared/data``."""

import os
from pathlib import Path

import pandas as pd
import pytest
from tests.helpers.contracts import LIMITS

from reviewloop.contracts import load_contract
from reviewloop.core.delivery.parsing import parse_reviews

ROOT = Path(__file__).resolve().parents[3]
NAME = "Womens Clothing E-Commerce Reviews.csv"


def real_csv() -> Path:
    for path in (os.environ.get("REVIEWLOOP_REAL_CSV"), ROOT.parent / "shared" / "data" / NAME):
        if path and Path(path).is_file():
            return Path(path)
    pytest.skip("the real data set is not here: set REVIEWLOOP_REAL_CSV to its path")


def test_the_real_file_keeps_the_contract() -> None:
    frames: list[pd.DataFrame] = []
    with real_csv().open("rb") as stream:
        parsed = parse_reviews(NAME, stream, load_contract("womens_clothing"), LIMITS, frames.append, lambda frame: None)
    assert parsed.extra_columns == []
    assert set(parsed.reasons) <= {"text_missing"}
    assert parsed.num_quarantined < 0.05 * parsed.num_landed
    rows = pd.concat(frames, ignore_index=True)
    for column in load_contract("womens_clothing").columns:
        if column.categories:
            assert set(rows[column.field].dropna()) <= set(column.categories), f"{column.field}: unknown to the contract"
