"""`make drift` on a canned Airflow: what it shows of a drift, and what it calls a problem."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from tests.helpers.votes import day
from tests.local.conftest import END
from tests.pages.monitoring.test_response import of_response

from reviewloop.adapters.alerts import channel
from reviewloop.adapters.lake import s3
from reviewloop.config import load_config
from reviewloop.core.alerts import book
from reviewloop.core.monitoring.kinds.kinds import Kind
from reviewloop.refs import AlertRef, DecisionRef, DriftRef, PredictionsRef
from reviewloop_local.errors import LocalError
from reviewloop_local.loop import drift_demo
from reviewloop_local.loop.follow import Watch

DAYS = [day(0), day(1)]
PAGE = "s3://lake/reports/drift/x/report.html"


def drift(number, fired=True, kind="covariate"):
    return DriftRef(
        day=day(number), batch="b", model_version="1", fired=fired, reasons=("text moved",), report_uri="r", page_uri=PAGE,
        kind=kind if fired else "",
    )  # fmt: skip


def decision(verdict="train", number=1, reason="confirmed: text"):
    return DecisionRef(
        day=day(number), model_version="1", verdict=verdict, reason=reason, families=("text",), days=tuple(DAYS),
        reasons=("text moved",), report_uri="s3://lake/reports/responses/report.json", page_uri=PAGE,
    )  # fmt: skip


@pytest.fixture
def loop(airflow, monkeypatch):
    """Two drifted days, scored and monitored in a run each, as Airflow takes them: the first waits, the second is decided."""
    monkeypatch.setattr(s3, "read_json", lambda uri: of_response())
    notice = AlertRef(key="k", title="Drift is confirmed, a training starts")
    later = datetime.now(UTC) + timedelta(minutes=1)
    monkeypatch.setattr(channel, "read", lambda: book.raised(book.Book(), notice, later, load_config("test").alerts))
    for number in range(2):
        airflow.add_run("sentiment_score", f"s{number}", run_type="asset_triggered")
        ref = PredictionsRef(day=day(number), batch="b", uri="u", digest="d", num_rows=200, model_version="1")
        airflow.add_task(f"s{number}", "score", returned=ref, map_index=0)
        airflow.add_run("sentiment_monitor", f"m{number}", run_type="asset_triggered")
        airflow.add_task(f"m{number}", "monitor", returned=drift(number), map_index=0)
    airflow.add_task("m0", "decide_retraining", returned=decision("pending", 0))
    airflow.add_task("m1", "decide_retraining", returned=decision())
    started = (datetime.fromisoformat(END) + timedelta(seconds=3)).isoformat()
    airflow.add_run("sentiment_train", "t1", run_type="asset_triggered", start_date=started)
    airflow.events["t1"] = [{"name": "sentiment_drift", "extra": decision().model_dump(mode="json")}]
    return airflow


def told(api, planted=None):
    watch, sink = Watch(api, set()), io.StringIO()
    watch._since = datetime(2026, 1, 1, tzinfo=UTC)  # what was over before the first look counts, too
    list(watch.look())
    return drift_demo.tell(api, watch, DAYS, Console(file=sink, width=200, highlight=False), planted), sink.getvalue()


def test_the_votes_the_conditions_and_the_training_are_shown(loop, api):
    problems, shown = told(api)
    assert problems == []
    assert f"{day(0)}: drift: covariate" in shown
    assert f"{day(1)} votes: text" in shown
    assert "Decision: a training starts" in shown
    assert "✓ confirmed drift: text on" in shown
    assert f"A training run started by itself (asset triggered), 3 s after {day(1)} was scored" in shown
    assert "http://airflow/dags/sentiment_train/runs/t1" in shown
    assert "warning: Drift is confirmed, a training starts" in shown


def test_a_training_that_was_refused_is_shown_with_its_reason_and_is_no_problem(loop, api, monkeypatch):
    monkeypatch.setattr(s3, "read_json", lambda uri: of_response(num_new_rows=7))
    loop.add_task("m1", "decide_retraining", returned=decision("suppressed", reason="too few"))
    problems, shown = told(api)
    assert problems == []
    assert "Decision: no training" in shown
    assert "✗ rated reviews that the champion was not made from: 7" in shown
    assert "A training run started" not in shown


def test_a_decision_that_is_told_twice_is_the_training_that_it_asked_for(loop, api):
    loop.add_run("sentiment_monitor", "m2", run_type="asset_triggered")
    loop.add_task("m2", "decide_retraining", returned=decision("answered"))
    assert told(api)[0] == []


CALM = {"returned": drift(1, fired=False), "map_index": 0}


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda loop: loop.add_task("m1", "monitor", **CALM), f"the monitor saw no drift in {day(1)}"),
        (lambda loop: loop.add_task("m1", "monitor", "failed", map_index=0), f"{day(1)} was not monitored"),
        (lambda loop: loop.add_task("m1", "decide_retraining", returned=decision("pending")), "was not confirmed: confirmed: text"),
        (lambda loop: loop.events.clear(), "no training run was started by the drift of"),
    ],
)  # fmt: skip
def test_what_the_loop_did_not_do_is_a_problem(loop, api, spoil, problem):
    spoil(loop)
    problems, _ = told(api)
    assert len(problems) == 1
    assert problem in problems[0]


def test_a_planted_kind_is_to_be_called_by_its_name(loop, api):
    assert told(api, Kind.COVARIATE)[0] == []
    problems, _ = told(api, Kind.PRIOR)
    assert problems == [f"the drift of {one} was planted as prior, and the monitor calls it covariate" for one in DAYS]


def test_nothing_decided_is_a_problem(loop, api):
    for run in ("m0", "m1"):
        loop.add_task(run, "decide_retraining", "failed")
    assert told(api)[0] == [f"nothing was decided of {', '.join(DAYS)}"]


def test_the_days_follow_the_newest_one_in_the_inbox(monkeypatch):
    monkeypatch.setattr(s3, "list_uris", lambda prefix: [f"{prefix}2026-01-30/reviews.csv", f"{prefix}2026-01-03/reviews.csv"])
    assert drift_demo.next_free_days(2) == ["2026-01-31", "2026-02-01"]


def test_a_kind_is_planted_only_where_the_champion_was_trained_on_made_up_reviews() -> None:
    drift_demo.require_made_up("sample")
    with pytest.raises(LocalError, match="KIND: a kind is planted in made-up reviews, and this champion was trained on a file's"):
        drift_demo.require_made_up("local")
