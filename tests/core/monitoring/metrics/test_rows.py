"""From a verdict to rows: nothing is lost, and what was not said is no row."""

import json
from typing import Any

import pandas as pd
import pytest
from tests.helpers.monitored import Watch, reference_of, shop

from reviewloop.core.monitoring.metrics.profile import profile
from reviewloop.core.monitoring.metrics.rows import rows_of
from reviewloop.core.monitoring.metrics.table import COLUMNS, COMMENTS, frame


@pytest.fixture(scope="module")
def verdict() -> dict[str, Any]:
    """Of a day whose complaints tripled, as the monitor stores it."""
    day = shop(300, 6, complaints=0.3).sample()
    found = Watch(reference_of(600)).judge(day).as_json()
    return json.loads(json.dumps(found | {"model_version": 7, "live_macro_f1": 0.61, "profile": profile(day)}))


def rows(verdict: dict[str, Any]) -> pd.DataFrame:
    return rows_of(verdict, "ab12", "s3://lake/reports/drift/day=2026-01-02/ab/report.html")


def one(found: pd.DataFrame, **where: str) -> pd.Series:
    for name, value in where.items():
        found = found[found[name] == value]
    (row,) = [row for _, row in found.iterrows()]
    return row


def test_every_signal_and_figure_is_a_row_with_its_evidence(verdict: dict[str, Any]) -> None:
    found = rows(verdict)
    assert list(found) == list(COLUMNS) == list(COMMENTS)
    assert (found["metric_type"] == "profile").sum() == len(verdict["profile"])
    assert (found["metric_type"] == "drift").sum() == len(verdict["signals"]) + 3
    assert set(found["model_version"]) == {"7"}
    assert set(found["predictions_batch"]) == {"ab12"}
    assert found["report_uri"].str.endswith("/report.html").all()


def test_a_signal_keeps_its_chance_its_limit_and_its_words(verdict: dict[str, Any]) -> None:
    (stored,) = [signal for signal in verdict["signals"] if signal["name"] == "complaints" and signal["family"] == "labels"]
    row = one(rows(verdict), signal="complaints", family="labels")
    assert (row["verdict"], row["chance"], row["threshold"], row["words"]) == (
        "moved", stored["chance"], stored["alpha"], stored["words"]
    )  # fmt: skip
    assert pd.isna(row["slice_key"])
    of_group = rows(verdict).query("signal == 'complaints' and slice_value == 'Tops'")
    assert list(of_group["slice_key"]) == ["department"]


def test_the_day_itself_is_a_row_and_too_few_reviews_are_not_calm(verdict: dict[str, Any]) -> None:
    whole = one(rows(verdict), signal="day")
    assert (whole["verdict"], whole["value"]) == ("moved", 1.0)
    small = Watch(reference_of(600)).judge(shop(5, 6).sample()).as_json() | {"model_version": "7"}
    assert one(rows(small), signal="day")["verdict"] == "not enough evidence"


def test_what_is_compared_with_is_known_of_all_reviews_alone(verdict: dict[str, Any]) -> None:
    found = rows(verdict).query("signal == 'rated.negative'")
    assert found[found["slice_key"].isna()]["reference"].tolist() == [verdict["smallest_change"]["before"]]
    assert found[found["slice_key"].notna()]["reference"].isna().all()


def test_marks_stand_with_their_intervals_and_a_kind_where_the_monitor_tells_them(verdict: dict[str, Any]) -> None:
    mark = {"name": "macro_f1", "value": 0.6, "low": 0.5, "high": 0.7}
    unknown = {"name": "recall.neutral", "value": None, "low": None, "high": None}
    quality = {"realised": {"marks": [mark, unknown], "num_rated": 40}, "estimated": {"marks": [mark | {"value": 0.66}]}}
    found = rows(verdict | {"quality": quality, "kind": {"name": "prior", "words": "more complaints"}})
    realised = one(found, metric_type="quality", family="realised")
    assert (realised["value"], realised["lower"], realised["upper"], realised["num_rows"]) == (0.6, 0.5, 0.7, 40)
    assert one(found, metric_type="quality", family="estimated")["value"] == 0.66
    assert one(found, signal="day")["family"] == "prior"
    assert len(found[found["signal"] == "recall.neutral"]) == 0, "a class without rows has no recall"
    refused = {"realised": None, "estimated": None}
    assert len(rows(verdict | {"quality": refused}).query("metric_type == 'quality'")) == 0


def test_a_verdict_of_older_code_has_fewer_rows_and_none_that_is_made_up(verdict: dict[str, Any]) -> None:
    older = {name: value for name, value in verdict.items() if name != "profile"} | {"live_macro_f1": None}
    found = rows(older)
    assert set(found["metric_type"]) == {"drift"}
    assert one(rows(verdict), metric_type="quality")["value"] == 0.61


def test_a_figure_that_the_table_has_no_column_for_is_refused() -> None:
    with pytest.raises(KeyError, match="no column colour"):
        frame([{"signal": "a", "colour": "b"}])
