import json
import re

import numpy as np
import pandas as pd
import pytest

from reviewloop.adapters.evidently_report import _outcome, compare
from reviewloop.config import DriftMethodConfig
from reviewloop.errors import ConfigError, PermanentError
from reviewloop.pages.drift import with_banner
from reviewloop.pages.links import Links

METHODS = {
    "length": DriftMethodConfig(kind="numerical", method="wasserstein", threshold=0.3),
    "prediction": DriftMethodConfig(kind="categorical", method="jensenshannon", threshold=0.15),
}


def day(rows: int, length: float = 60, positive: float = 0.8, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    guesses = rng.choice(["positive", "negative"], rows, p=[positive, 1 - positive])
    return pd.DataFrame({"length": rng.normal(length, 20, rows), "prediction": guesses})


def test_the_same_population_has_not_drifted() -> None:
    assert [c.drifted for c in compare(day(1500), day(200, seed=1), METHODS).columns] == [False, False]


def test_each_moved_column_is_found_with_its_distance() -> None:
    reference = day(1500)
    length, prediction = compare(reference, day(200, length=90, positive=0.4), METHODS).columns
    assert length.drifted
    assert length.value == pytest.approx(30 / np.std(reference["length"]), abs=0.2)
    assert prediction.drifted
    assert prediction.value > 0.15


def test_the_method_stays_the_pinned_one_on_both_sides_of_a_thousand_reference_rows() -> None:
    for rows in (900, 1100):
        snapshot = json.loads(compare(day(rows), day(100), METHODS).snapshot)
        assert [test["metric_config"]["params"]["method"] for test in snapshot["tests"]] == ["wasserstein", "jensenshannon"]
        assert "Wasserstein" in snapshot["tests"][0]["description"]


def test_a_category_never_seen_before_counts() -> None:
    current = day(200).assign(prediction="unheard of")
    assert compare(day(1500), current, METHODS).columns[1].value == pytest.approx(np.sqrt(np.log(2)), abs=0.01)


def test_a_column_that_is_not_described_is_a_config_error_naming_the_allowed_ones() -> None:
    with pytest.raises(ConfigError, match=r"monitor.columns: no such column \['mood'\]; allowed: length, prediction"):
        compare(day(50), day(50), {"mood": METHODS["prediction"]})


BROKEN = {"status": "ERROR", "description": "broke", "metric_config": {"params": {"column": "length"}}}


@pytest.mark.parametrize("tests", [[], [BROKEN]])
def test_a_column_without_a_verdict_is_an_error_and_never_calm(tests: list[dict[str, object]]) -> None:
    with pytest.raises(PermanentError, match="'length': Evidently gave no verdict"):
        _outcome({"tests": tests, "metrics": []}, "length", METHODS["length"])


def test_the_page_loads_nothing_from_elsewhere_and_shows_the_verdict_first() -> None:
    page = compare(day(300), day(100), METHODS).page
    text = with_banner(page, "2026-01-02", True, ["length <moved>"], Links(3)).decode()
    assert text.index("<body>") < text.index("length &lt;moved&gt;") < text.index('<div id="root_metric')
    assert not re.search(r"<link|<script[^>]+src=", text)


def test_a_cell_of_the_producer_cannot_run_as_script_in_the_page() -> None:
    current = day(100).assign(prediction="</script><script>alert(1)</script>")
    page = compare(day(300), current, METHODS).page.decode()
    assert "alert(1)" in page
    assert "<script>alert(1)" not in page
