"""A monitored day in the table ``metrics``, on the real local services."""

import json
from typing import Any

import pandas as pd
import pytest
from tests.helpers.monitored import Watch, reference_of, shop

from reviewloop.adapters.catalog import athena, days, glue
from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.monitoring import metrics
from reviewloop.core.monitoring.metrics.profile import profile
from reviewloop.errors import Superseded
from reviewloop.refs import DriftRef
from reviewloop.steps.monitor.record_metrics import record_metrics

pytestmark = pytest.mark.contract
DAY = "2026-01-02"
WATCH = Watch(reference_of(600))


def scored(batch: str, day: str = DAY) -> None:
    """These predictions count for the day."""
    table = days.predictions_table()
    days.publish(days.standing(table.name, day), table, batch, f"{places.predictions(day)}/batch={batch}", "")


def monitored(seed: int = 6, batch: str = "aa", day: str = DAY, version: str = "1", **more: Any) -> DriftRef:
    """The stored verdict on a day."""
    rows = shop(120, seed).sample()
    verdict = WATCH.judge(rows).as_json() | {"model_version": version, "live_macro_f1": None, "profile": profile(rows)} | more
    files = {"verdict.json": json.dumps(verdict).encode(), "report.html": b""}
    made = artifacts.publish(places.reports("drift", f"day={day}"), files)
    return DriftRef(
        day=day, batch=batch, model_version=version, fired=verdict["fired"], reasons=verdict["reasons"],
        report_uri=f"{made.uri}/verdict.json", page_uri=f"{made.uri}/report.html",
    )  # fmt: skip


def ask(sql: str) -> pd.DataFrame:
    return athena.run("test", sql)


def test_athena_reads_the_day_and_a_rerun_finds_the_same(lake: str) -> None:
    scored("aa")
    drift = monitored()
    first = record_metrics(drift)
    assert record_metrics(drift) == first
    found = ask("SELECT day, batch, signal, value, model_version FROM metrics WHERE signal = 'reviews' AND slice_key IS NULL")
    assert found.to_dict("records") == [{"day": DAY, "batch": first.batch, "signal": "reviews", "value": 120, "model_version": "1"}]
    assert int(ask("SELECT count(*) AS n FROM metrics")["n"].iloc[0]) == first.num_rows
    assert days.standing("metrics", DAY).generation == 1


def test_another_verdict_on_the_day_takes_the_place_of_the_first(lake: str) -> None:
    scored("aa")
    record_metrics(monitored())
    scored("bb")
    second = record_metrics(monitored(seed=9, batch="bb", version="2"))
    assert [found.batch for found in glue.partitions("metrics")] == [second.batch]
    assert set(ask("SELECT DISTINCT model_version FROM metrics")["model_version"]) == {"2"}
    assert set(metrics.read(9)["model_version"]) == {"2"}, "the pages read what counts"


def test_a_verdict_on_predictions_that_no_longer_count_says_nothing(lake: str) -> None:
    scored("aa")
    late = monitored()
    scored("bb")
    with pytest.raises(Superseded, match="predictions bb count, this verdict is on aa"):
        record_metrics(late)
    assert glue.partitions("metrics") == []


def test_the_newest_days_are_read_in_order_and_each_once(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert metrics.read(9).empty
    for number, day in enumerate(("2026-01-04", "2026-01-02", "2026-01-03")):
        scored("aa", day)
        record_metrics(monitored(seed=6 + number, day=day))
    assert list(metrics.read(2)["day"].unique()) == ["2026-01-03", "2026-01-04"]
    monkeypatch.setattr("reviewloop.adapters.lake.s3.read_bytes", lambda uri: pytest.fail(f"{uri} is read again"))
    assert metrics.read(2)["words"].notna().any()
