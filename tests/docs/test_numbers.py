"""docs/gates.md says how many of each there are; whoever adds one is told here which number to change."""

from pathlib import Path

import pytest
from tests.adapters.expectations.test_reviews import suites

from reviewloop.config import load_config
from reviewloop_local.studies.mutations import OF_BATCH, OF_DELIVERY, OF_FILE

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "gates.md").read_text()
NUM_CORRUPTIONS = len(OF_DELIVERY) + len(OF_FILE) + len(OF_BATCH)


@pytest.mark.parametrize(
    "words",
    [
        f"| {len(suites())} Great Expectations in four suites:",
        f"| {len(load_config('local').gates)} model gates |",
        f"corrupts a clean day in {NUM_CORRUPTIONS} named ways",
        f"({NUM_CORRUPTIONS} caught,",
    ],
)
def test_the_page_of_the_gates_counts_right(words: str) -> None:
    assert words in PAGE
