import io
import json
from typing import Any

import pytest
from rich.console import Console

from reviewloop.adapters.lake import s3
from reviewloop.adapters.release.champion import Champion
from reviewloop.refs import (
    BatchRef,
    ChampionRef,
    ChoiceRef,
    CuratedRef,
    DriftRef,
    EvaluationRef,
    GateRef,
    JudgedRef,
    ModelRef,
)
from reviewloop_local.loop.follow import Watch
from reviewloop_local.loop.render import show
from reviewloop_local.loop.summary import Summary, collect, write
from reviewloop_local.stack.ports import Ports

RECALL = {"negative": 0.6, "neutral": 0.5, "positive": 0.9}
PAGE = "s3://lake/reports/x/index.html"
BEFORE = "2026-01-01T00:00:00+00:00"


def evaluation(kind: Any, macro_f1: float) -> EvaluationRef:
    return EvaluationRef(
        kind=kind,
        report_uri="s3://lake/m.json",
        predictions_uri="s3://lake/e",
        num_rows=900,
        accuracy=0.8,
        macro_f1=macro_f1,
        recall=RECALL,
    )


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The lake's JSON, by URI, and the champion under ``champion``."""
    tags = {
        "reviewloop.evaluation_uri": "s3://lake/e/metrics.json",
        "reviewloop.kind": "transformer",
        "reviewloop.trigger": "new data",
    }
    tags["reviewloop.approved_by"] = "ada"
    gates = [{"name": "macro_f1_floor", "verdict": "pass", "finding": "macro_f1 is 0.7"}]
    found: dict[str, Any] = {
        "champion": Champion("3", "s3://lake/m", "d", tags),
        "s3://lake/gate/report.json": {"gates": gates},
        "s3://lake/e/metrics.json": {
            "metrics": {
                "accuracy": 0.81,
                "macro_f1": 0.71,
                **{f"recall.{k}": v for k, v in RECALL.items()},
                "recall.negative_low": 0.3,
            }
        },
    }
    monkeypatch.setattr(s3, "read_json", found.__getitem__)
    monkeypatch.setattr(s3, "list_uris", lambda prefix: [uri for uri in found if uri.startswith(prefix)])
    monkeypatch.setattr("reviewloop_local.loop.summary.current_champion", lambda: found["champion"])
    return found


@pytest.fixture
def loop(airflow: Any, stored: dict[str, Any]) -> Any:
    """A loop that went well: two deliveries, a training, a release, one monitored day."""
    for day, landed in (("2026-01-01", 900), ("2026-01-02", 100)):
        run_id, num_rows = f"delivery__{day}", landed - 10
        airflow.add_run("reviews_ingest", run_id, conf={"day": day})
        batch = BatchRef(
            day=day, uri="u", digest="d", delivery_uri="v", num_landed=landed, num_accepted=num_rows, num_quarantined=10,
            reasons={"text_missing": 10},
        )  # fmt: skip
        airflow.add_task(run_id, "parse", returned=batch)
        for task, gate in (("validate", "quality"), ("check_bias", "bias")):
            airflow.add_task(
                run_id, task, returned=GateRef(gate=gate, verdict="pass", reason="well", report_uri="u", page_uri=PAGE)
            )
        curated = CuratedRef(day=day, batch="b", uri="u", digest="d", num_landed=landed, num_rows=num_rows, num_quarantined=10)
        airflow.add_task(run_id, "publish_day", returned=curated)
    airflow.add_run("sentiment_train", "t1")
    model = ModelRef(kind="transformer", uri="s3://lake/m", digest="d", job_key="k" * 64, mlflow_run_id="r")
    base, best = evaluation("baseline", 0.66), evaluation("transformer", 0.71)
    simple = JudgedRef(model=model.model_copy(update={"kind": "baseline"}), evaluation=base, to_beat=True)
    candidates = simple, JudgedRef(model=model, evaluation=best)
    choice = ChoiceRef(model=model, evaluation=best, candidates=candidates, reason="because")
    airflow.add_task("t1", "choose", returned=choice)
    gate = GateRef(gate="model", verdict="pass", reason="", report_uri="s3://lake/gate/report.json", page_uri=None)
    airflow.add_task("t1", "gate_model", returned=gate)
    airflow.add_task("t1", "finetune", duration=61.0)
    airflow.add_run("sentiment_release", "r1")
    champion = ChampionRef(version="3", previous="2", approved_by="ada", approved_at="now", record_uri="u")
    airflow.add_task("r1", "promote", returned=champion)
    airflow.add_run("sentiment_monitor", "m1")
    verdict = DriftRef(
        day="2026-01-02", batch="b", model_version="3", fired=False, reasons=("all still",), report_uri="u", page_uri=PAGE
    )  # fmt: skip
    airflow.add_task("m1", "monitor", returned=verdict, map_index=0)
    return airflow


@pytest.fixture
def summarise(loop: Any, api: Any) -> Any:
    def run() -> Summary:
        watch = Watch(api, {"delivery__2026-01-01", "delivery__2026-01-02"})
        list(watch.look())
        return collect(api, Ports(), watch, 99.0)

    return run


def test_a_loop_that_went_well_has_no_problems_and_every_number(summarise):
    summary = summarise()

    assert summary.problems == []
    assert [(day.landed, day.curated, day.quarantined) for day in summary.days] == [(900, 890, 10), (100, 90, 10)]
    assert [gate.name for gate in summary.gates] == ["quality", "bias", "counts"] * 2 + ["macro_f1_floor"]
    assert [(m.role, m.macro_f1) for m in summary.models] == [
        ("baseline", 0.66), ("transformer (candidate)", 0.71), ("champion (version 3)", 0.71)
    ]  # fmt: skip
    assert summary.champion is not None
    assert (summary.champion.previous, summary.champion.approved_by) == ("2", "ada")
    assert [(drift.day, drift.fired) for drift in summary.drift] == [("2026-01-02", False)]
    assert summary.links["Data Docs"] == "http://127.0.0.1:8080/reviewloop/pages/reports/x/index.html"
    assert (summary.seconds["reviews_ingest"], summary.seconds["sentiment_train.finetune"]) == (7.0, 61.0)


def test_a_lost_row_is_a_problem(loop, summarise):
    curated = CuratedRef(day="2026-01-02", batch="b", uri="u", digest="d", num_landed=100, num_rows=89, num_quarantined=10)
    loop.add_task("delivery__2026-01-02", "publish_day", returned=curated)

    assert summarise().problems == ["2026-01-02: rows were lost: 100 landed is not 89 curated + 10 quarantined"]


def test_a_loop_without_a_champion_did_not_succeed(stored, summarise):
    stored["champion"] = None

    assert summarise().problems == ["there is no champion: no candidate passed every gate and was released"]


def test_a_daily_delivery_that_was_not_monitored_is_a_problem(loop, summarise):
    loop.tasks["m1"] = []

    assert summarise().problems == ["not monitored: 2026-01-02"]


def test_a_refused_delivery_is_a_problem_and_a_failed_gate(loop, summarise):
    run_id = "delivery__2026-01-02"
    loop.add_run("reviews_ingest", run_id, "failed", conf={"day": "2026-01-02"})
    loop.add_task(run_id, "validate", "failed")
    loop.add_task(run_id, "publish_day", "upstream_failed", start_date=None)
    loop.returned.pop((run_id, "validate", -1))
    detail = [{"exc_type": "DataRejected", "exc_value": "quality: titles are missing"}]
    loop.logs[(run_id, "validate")] = [{"event": "failed", "error_detail": detail}]

    summary = summarise()

    assert next(gate for gate in summary.gates if gate.verdict == "fail").finding == "titles are missing"
    assert summary.days[1].curated is None
    assert "reviews_ingest.validate (2026-01-02) failed: DataRejected: quality: titles are missing" in summary.problems[0]


@pytest.mark.parametrize(("started", "succeeded"), [(BEFORE, True), ("2999-01-01T00:00:00+00:00", False)])
def test_a_training_that_a_later_one_made_good_is_told_and_is_no_problem(loop, api, started, succeeded):
    watch = Watch(api, {"delivery__2026-01-01", "delivery__2026-01-02"})
    loop.add_run("sentiment_train", "t0", "running", start_date=started)
    list(watch.look())
    loop.add_run("sentiment_train", "t0", "failed", start_date=started)
    loop.add_task("t0", "gate_model", "failed")
    detail = [{"exc_type": "ModelRejected", "exc_value": "served_no_worse: too much"}]
    loop.logs[("t0", "gate_model")] = [{"event": "failed", "error_detail": detail}]
    list(watch.look())

    summary = collect(api, Ports(), watch, 99.0)

    told = summary.made_good if succeeded else summary.problems
    assert (summary.succeeded, len(summary.made_good + summary.problems)) == (succeeded, 1)
    assert "failed: ModelRejected: served_no_worse: too much" in told[0]


def test_the_tables_show_it_and_the_json_holds_the_same(summarise, tmp_path):
    summary, sink = summarise(), io.StringIO()

    show(summary, Console(file=sink, width=160, highlight=False))
    write(summary, tmp_path / "summary.json")

    text, data = sink.getvalue(), json.loads((tmp_path / "summary.json").read_text())
    for expected in (
        "10 text missing",
        "macro_f1_floor",
        "0.710",
        "Champion: version 3 (transformer)",
        "approved by ada",
        "✓ The loop ran",
    ):
        assert expected in text
    assert data["succeeded"] is True
    assert data["days"][0]["reasons"] == {"text_missing": 10}


def test_a_model_that_another_run_made_is_told_with_that_run(loop, summarise):
    model = ModelRef(kind="transformer", uri="u", digest="d", job_key="k", mlflow_run_id="r", made_by="scheduled__1")
    loop.add_task("t1", "finetune", returned=model)
    loop.add_task("t1", "train_baseline", returned=model.model_copy(update={"made_by": "t1"}))
    summary, sink = summarise(), io.StringIO()
    assert summary.reused == ["finetune: reused from run scheduled__1"]
    show(summary, Console(file=sink, width=160, highlight=False))
    assert "Reused: finetune: reused from run scheduled__1\n" in sink.getvalue()


def test_a_training_that_was_over_before_this_command_is_told_as_reused(loop, summarise):
    loop.add_run("sentiment_train", "t1", start_date=BEFORE, end_date=BEFORE)
    assert summarise().reused == ["training: nothing new was to be trained, reused from run t1"]


def test_a_training_that_found_nothing_to_do_says_whose_result_stands(loop, summarise):
    reason = "nothing changed since version 3 (job ab), reused from run t1. Data, configuration, code and seed are the same"
    loop.add_run("sentiment_train", "t2", run_type="asset_triggered")
    loop.add_task("t2", "begin_training", state="skipped")
    loop.logs["t2", "begin_training"] = [{"event": "Skipping task.", "reason": reason}]
    told = [line.partition(": ")[2] for line in summarise().reused]
    assert told == ["nothing changed since version 3 (job ab), reused from run t1"]


def test_a_first_training_reuses_nothing(summarise):
    assert summarise().reused == []


def test_problems_are_shown_last_and_say_what_to_do():
    sink = io.StringIO()

    show(Summary(problems=["it broke [here]"]), Console(file=sink, width=160, highlight=False))

    assert sink.getvalue().splitlines()[-2:] == [
        "✗ it broke [here]",
        "The loop did not succeed. Mend what is named above, then `make run` again: it redoes what failed.",
    ]
