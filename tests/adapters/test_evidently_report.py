import json
import re

import numpy as np
import pandas as pd
import pytest

from reviewloop.adapters.evidently_report import compare
from reviewloop.errors import PermanentError
from reviewloop.pages.links import Links
from reviewloop.pages.monitoring.drift import with_banner


def day(rows: int, length: float = 60, positive: float = 0.8, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    guesses = rng.choice(["positive", "negative"], rows, p=[positive, 1 - positive])
    return pd.DataFrame({"length": rng.normal(length, 20, rows), "prediction": guesses})


def test_each_column_has_its_distance() -> None:
    reference = day(1500)
    found = compare(reference, day(200, length=90, positive=0.4)).distances
    assert found["length"] == pytest.approx(30 / np.std(reference["length"]), abs=0.2)
    assert found["prediction"] > 0.15


def test_it_gives_no_verdict_of_its_own() -> None:
    found = compare(day(1500), day(200, length=900, positive=0))
    assert json.loads(found.snapshot)["tests"] == []


def test_the_method_stays_the_pinned_one_on_both_sides_of_a_thousand_reference_rows() -> None:
    for rows in (900, 1100):
        metrics = json.loads(compare(day(rows), day(100)).snapshot)["metrics"]
        assert [metric["config"]["method"] for metric in metrics] == ["wasserstein", "jensenshannon"]


def test_a_category_never_seen_before_counts() -> None:
    current = day(200).assign(prediction="unheard of")
    assert compare(day(1500), current).distances["prediction"] == pytest.approx(np.sqrt(np.log(2)), abs=0.01)


def test_a_column_that_the_day_lacks_is_left_out() -> None:
    assert list(compare(day(50), day(50).drop(columns="length")).distances) == ["prediction"]


def test_a_day_without_rows_cannot_be_drawn() -> None:
    with pytest.raises(PermanentError, match="0 reviews beside 50"):
        compare(day(50), day(0))


def test_the_page_loads_nothing_from_elsewhere_and_shows_the_verdict_first() -> None:
    page = compare(day(300), day(100)).page
    text = with_banner(page, "2026-01-02", True, ["length <moved>"], Links(3)).decode()
    assert text.index("<body>") < text.index("length &lt;moved&gt;") < text.index('<div id="root_metric')
    assert not re.search(r"<link|<script[^>]+src=", text)


def test_a_cell_of_the_producer_cannot_run_as_script_in_the_page() -> None:
    current = day(100).assign(prediction="</script><script>alert(1)</script>")
    page = compare(day(300), current).page.decode()
    assert "alert(1)" in page
    assert "<script>alert(1)" not in page
