"""The page of a day as the champion reads it."""

from typing import Any

import numpy as np
import pandas as pd

from reviewloop.config import ReadingConfig
from reviewloop.core.monitoring.reading import compare
from reviewloop.pages.data.reading import reading_page
from reviewloop.pages.links import Links

LINKS = Links(3, day="2026-01-02")
LIMITS = ReadingConfig(min_rows=10, min_excess=0.02, alpha=0.01)
SHARES = compare(np.diag([0, 20, 150]) + np.array([[0, 0, 20], [0, 0, 0], [0, 0, 0]]), np.diag([300, 300, 2000]), LIMITS)
SUREST = pd.DataFrame(
    {"review_id": [7], "label": ["negative"], "answer": ["positive"], "probability": [0.01], "text": ["<i>so</i> nice"]}
)


def report(**changes: Any) -> dict[str, Any]:
    told = {
        "verdict": "warn",
        "reason": "it is <unusual>",
        "day": "2026-01-02",
        "model_version": "1",
        "warnings": ["it is <unusual>"],
    }
    return told | {"shares": [one.as_json() for one in SHARES]} | changes


def test_what_is_unusual_comes_first_with_what_to_do_and_the_rows() -> None:
    page = reading_page(report(), SUREST, LINKS)
    places = [
        page.index(word) for word in ("it is &lt;unusual&gt;", "have the producer deliver", ">unusual<", ">usual<", "&lt;i&gt;so")
    ]
    assert places == sorted(places)
    assert "20 of 20" in page


def test_without_a_champion_it_says_so_and_shows_no_empty_table() -> None:
    page = reading_page(report(verdict="not judged", reason="no champion yet", warnings=[], shares=[]), None, LINKS)
    assert '<span class="mark none">not judged</span>' in page
    assert "no champion yet" in page
    assert "<table" not in page
