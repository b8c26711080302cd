"""The page a person reads: whole, and safe whatever the data holds."""

import re

import numpy as np
import pandas as pd
import pytest

from reviewloop.core.evaluation import evaluation, to_json, with_predictions
from reviewloop.core.gate_page import render


@pytest.fixture
def report() -> dict:
    """A refused candidate, from data that tries to break out."""
    place = np.arange(120)
    reviews = pd.DataFrame(
        {
            "review_id": place, "day": "2026-01-01", "title": None, "text": "a b c", "department": "<script>alert(1)</script>",
            "division": "General", "class_name": "Knits", "age": 30, "rating": 3, "label": place % 3,
        }
    )  # fmt: skip
    found = evaluation(with_predictions(reviews, np.eye(3)[np.where(place % 3 == 1, 2, place % 3)]), [0], 100, seed=1)
    model = {**found, "metrics": to_json(found["metrics"])}
    gate = {
        "name": "neutral_recall_floor", "metric": "recall.neutral", "value": 0.0, "min": 0.25, "max": None, "verdict": "fail",
        "reason": "rare & dear", "finding": "recall.neutral is 0, asked at least 0.25",
    }  # fmt: skip
    return {
        "job_key": "ab" * 32, "trigger": "drift: <b>topics</b>", "verdict": "fail", "reason": gate["finding"],
        "candidate": "baseline", "choice": "baseline: as good", "comparison": "against the champion", "gates": [gate],
        "models": {"baseline": model, "transformer": model, "champion": {**model, "version": "4"}},
    }  # fmt: skip


def test_the_page_tells_the_verdict_the_gates_and_the_marks(report: dict) -> None:
    page = render(report)
    assert "Candidate refused: baseline" in page
    assert "neutral_recall_floor" in page
    assert "at least 0.25" in page
    assert "rare &amp; dear" in page
    assert "Baseline (candidate)" in page
    assert "Champion (version 4)" in page
    assert "Rows: 40 negative, 40 neutral, 40 positive" in page
    assert "0.6667" in page


def test_nothing_from_the_data_becomes_markup_and_nothing_is_fetched(report: dict) -> None:
    page = render(report)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;b&gt;topics" in page
    assert not re.search(r"(src|href)=|url\(|@import", page)


def test_a_mark_that_is_unknown_is_a_dash(report: dict) -> None:
    assert report["models"]["baseline"]["metrics"]["precision.neutral"] is None
    assert '<td>Precision, neutral</td><td class="n">–</td>' in render(report)
