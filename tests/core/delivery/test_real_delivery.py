"""The real data set, where it is at hand: ``REVIEWLOOP_REAL_CSV``, or the file in ``../shared/data``."""

import os
from pathlib import Path

import pandas as pd
import pytest
from tests.helpers.contracts import LIMITS

from reviewloop.contracts import load_contract
from reviewloop.core.delivery.mojibake import is_mojibake
from reviewloop.core.delivery.parsing import parse_reviews, parse_whole

ROOT = Path(__file__).resolve().parents[3]
NAME = "Womens Clothing E-Commerce Reviews.csv"


def real_csv() -> Path:
    for path in (os.environ.get("REVIEWLOOP_REAL_CSV"), ROOT.parent / "shared" / "data" / NAME):
        if path and Path(path).is_file():
            return Path(path)
    pytest.skip("the real data set is not here: set REVIEWLOOP_REAL_CSV to its path")


def test_what_astype_str_makes_of_a_gap_is_as_missing_as_the_gap() -> None:
    """pandas writes the word ``nan`` for an empty cell once the column has been through ``astype(str)``."""
    path, contract = real_csv(), load_contract("womens_clothing")
    rows = pd.read_csv(path).rename(columns={"Unnamed: 0": ""}).astype(str).to_csv(index=False).encode()
    told = [parse_whole(NAME, data, contract, LIMITS) for data in (path.read_bytes(), rows)]
    assert [parsed.num_accepted for parsed, _, _ in told] == [18_113] * 2
    assert [parsed.reasons for parsed, _, _ in told] == [{"text_missing": 664}] * 2
    pd.testing.assert_frame_equal(told[0][1].isna(), told[1][1].isna())


def test_nearly_no_real_text_is_said_to_be_decoded_wrongly() -> None:
    """19 are: an accented letter of theirs is two characters, put into lower case (``appliqu\u00e3\u00a9``)."""
    _, accepted, _ = parse_whole(NAME, real_csv().read_bytes(), load_contract("womens_clothing"), LIMITS)
    assert accepted["text"].map(is_mojibake).mean() < 0.002


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
