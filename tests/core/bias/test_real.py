"""False alarms on the real reviews: none in the whole file, none in random days of 200 rows.

``REVIEWLOOP_REAL_CSV`` names the file (else ``../shared/data`` is looked into), ``REVIEWLOOP_REAL_DAYS`` how many days (20).
"""

import os
from pathlib import Path

import pandas as pd
import pytest

from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.bias.contrasts import facet_frame
from reviewloop.core.bias.verdicts import measure, objections
from reviewloop.core.delivery.parsing import parse_whole

NAME = "Womens Clothing E-Commerce Reviews.csv"
CSV = Path(os.environ.get("REVIEWLOOP_REAL_CSV", Path(__file__).parents[4] / "shared" / "data" / NAME))
NUM_DAYS = int(os.environ.get("REVIEWLOOP_REAL_DAYS", "20"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CSV.exists(), reason=f"no real reviews: REVIEWLOOP_REAL_CSV names no file, nor is there {CSV}"),
]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    config = load_config("test")
    _, accepted, _ = parse_whole(CSV.name, CSV.read_bytes(), load_contract(), load_config().dataset.limits)
    return facet_frame(accepted, config.bias, config.contract)


def test_the_whole_history_is_without_a_mark(frame: pd.DataFrame) -> None:
    bias = load_config("test").bias
    groups = measure(frame, bias)
    assert objections(groups, bias) == []
    assert [group.name for group in groups if group.verdict == "warn"] == []
    assert sum(group.verdict == "ok" for group in groups) > 100


@pytest.mark.timeout(900)
def test_no_random_day_is_refused(frame: pd.DataFrame) -> None:
    bias = load_config("test").bias
    refused = {seed: objections(measure(frame.sample(200, random_state=seed), bias), bias) for seed in range(NUM_DAYS)}
    assert not {seed: lines for seed, lines in refused.items() if lines}
