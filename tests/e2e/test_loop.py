"""The whole loop through a real scheduler: from landing to a champion, planted faults, killed processes, drift.

The tests tell one story on one stack and run in their order.
"""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.e2e.conftest import NUM_ROWS, Loop, until

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import artifacts, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.monitoring import response
from reviewloop.adapters.release.champion import current_champion
from reviewloop.config import load_config
from reviewloop_local.loop.airflow_api import DagRun
from reviewloop_local.loop.follow import DAGS
from reviewloop_local.sample.faults import FAULTS
from reviewloop_local.stack.home import MARKER
from reviewloop_local.stack.orphans import kill_all

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

STOPPED_BY = {
    "flipped_labels": ("validate", "quality: "),
    "missing_class": ("validate", "quality: "),
    "one_sided_facet": ("check_bias", "bias: "),
    "changed_schema": ("parse", "contract: "),
    "truncated_file": ("parse", "contract: "),
}
"""Fault -> the task that stops it and the gate that its error names. ``drifted`` passes all gates: the monitor sees it."""


def summary(loop: Loop) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(loop.stack.home.summary.read_text())
    return found


def started(loop: Loop, *dag_ids: str) -> list[DagRun]:
    """The runs that something started, oldest first; those of a clock that struck while we looked are nobody's doing."""
    return [run for run in loop.api.runs(dag_ids or DAGS) if run.run_type != "scheduled"]


def runs(loop: Loop) -> set[tuple[str, str]]:
    return {(run.dag_id, run.run_id) for run in started(loop)}


def trainings(loop: Loop) -> list[DagRun]:
    """Whoever started them: the runs that trained, of all that were asked to."""
    asked = map(loop.finished, loop.api.runs(["sentiment_train"]))
    return [run for run in asked if loop.task(run, "begin_training").state == "success"]


def test_one_command_brings_reviews_to_a_champion(loop: Loop) -> None:
    done = loop.run()

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    told = summary(loop)
    assert sum(day["landed"] for day in told["days"]) == NUM_ROWS
    assert all(day["landed"] == day["curated"] + day["quarantined"] for day in told["days"])
    assert sum(day["quarantined"] for day in told["days"]) > 0, "the sample has rows without text"
    wanted = {"quality", "bias", "counts"} | {gate.name for gate in load_config().gates}
    assert {gate["name"] for gate in told["gates"]} == wanted
    champion = current_champion()
    assert champion is not None
    assert champion.version == told["champion"]["version"] == "1"
    assert "approved by timeout" in told["champion"]["approved_by"], "the local profile approves by itself and says so"
    assert [drift["fired"] for drift in told["drift"]] == [False, False, False], "no undrifted day starts a training"
    assert len(trainings(loop)) == 1


def test_the_scheduler_s_workers_wait_with_the_heavy_libraries_imported_and_no_thread_of_theirs(loop: Loop) -> None:
    until(lambda: len(loop.workers()) == int(loop.stack.env["AIRFLOW__CORE__PARALLELISM"]))
    for worker in loop.workers():
        mapped = " ".join(part.path for part in worker.memory_maps())
        assert all(f"/{library}/" in mapped for library in ("torch", "sklearn", "pyarrow")), "what a task needs is there already"
        assert worker.num_threads() == 1, "a fork would lose it"


def test_a_fine_tune_has_a_pool_that_it_keeps_while_it_waits(loop: Loop) -> None:
    with contextlib.closing(sqlite3.connect(loop.stack.home.airflow / "airflow.db")) as database:
        pools = database.execute("SELECT slots, include_deferred FROM slot_pool WHERE pool = 'training'").fetchall()
    assert pools == [(1, 1)], "without its pool a fine-tune would never start"


def test_the_champion_carries_its_whole_lineage(loop: Loop) -> None:
    champion = current_champion()
    assert champion is not None
    names = ["features_uri", "features_digest", "config_digest", "git_commit", "git_dirty", "lock_digest", "dag_run", "seed"]
    names += ["base_model", "base_model_pin"]
    assert all(champion.tags[f"reviewloop.{name}"] for name in names)
    assert artifacts.open_artifact(champion.tags["reviewloop.features_uri"]).digest == champion.tags["reviewloop.features_digest"]
    files = artifacts.open_artifact(champion.source).files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".joblib", ".bin", ".pt"))]


def test_a_second_run_reuses_everything(loop: Loop) -> None:
    before, supervisor = runs(loop), loop.stack.home.supervisor_pid.read_text()
    assert loop.run().returncode == 0
    assert runs(loop) == before
    assert loop.stack.home.supervisor_pid.read_text() == supervisor, "nothing changed, so nothing is restarted"


def test_each_planted_fault_is_stopped_by_its_gate(loop: Loop) -> None:
    started = {}
    for number, fault in enumerate(STOPPED_BY, start=10):
        day = f"2025-12-{number}"
        s3.write_bytes(s3.lake_uri(load_config().dataset.inbox_prefix, day, "reviews.csv"), FAULTS[fault](300, number))
        started[fault] = (day, loop.trigger("reviews_ingest", f"fault__{fault}", {"day": day, "accept_late": True}))
    for fault, (day, run) in started.items():
        task_id, gate = STOPPED_BY[fault]
        assert loop.finished(run).state == "failed", fault
        stopped = loop.task(run, task_id)
        assert stopped.state == "failed", (fault, [(task.task_id, task.state) for task in loop.api.tasks(run)])
        assert stopped.try_number == 1, "bad data is not retried"
        assert gate in loop.log(stopped), (fault, gate)
        assert day not in {partition.day for partition in glue.partitions("reviews")}, "nothing gets through"


def test_a_lake_that_goes_away_is_waited_for_at_no_cost_in_tries(loop: Loop) -> None:
    loop.stack.stop_part("aws")
    run = loop.trigger("sentiment_score", "away", {"day": "2026-01-03"})
    until(lambda: loop.task(run, "days_to_score").state == "up_for_reschedule", seconds=120)
    loop.stack.start_part("aws")
    assert loop.finished(run).state == "success"
    tries = {task.task_id: task.try_number for task in loop.api.tasks(run)}
    assert tries == {"days_to_score": 1, "cut_days": 1, "read_chunk": 0, "score": 1}, "a small day has no chunk to read"
    loop.at_rest("sentiment_monitor")


def test_drifted_days_that_agree_start_a_training_which_outlives_its_own_kill_and_the_scheduler_s(loop: Loop) -> None:
    before, num_versions, partitions = runs(loop), len(registry.versions()), glue.partitions("reviews")

    with ThreadPoolExecutor() as aside:
        drift = aside.submit(loop.command, "drift")
        (training,) = until(lambda: loop.processes("reviewloop.training.finetune"), seconds=600)  # three days are judged before
        training.kill()
        (again,) = until(lambda: [found for found in loop.processes("reviewloop.training.finetune") if found.pid != training.pid])
        scheduler = loop.pid_of("airflow-scheduler")
        (parent,) = [process for process in loop.processes() if process.pid == scheduler]
        parent.kill()
        done = drift.result()

    assert again.pid != training.pid
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Decision: a training starts" in done.stdout
    assert "A training run started by itself (asset triggered)" in done.stdout
    state = response.read()
    assert [answer.what for answer in state.answers] == ["training"], "one drift, one training, however often it was told"
    new = [run for run in started(loop, "sentiment_train") if (run.dag_id, run.run_id) not in before]
    assert {run.run_type for run in new} == {"asset_triggered"}
    # An event may be told twice (see reviewloop_airflow.runs.extras); what was trained on it once is not trained again.
    assert [loop.task(run, "begin_training").state for run in map(loop.finished, new)].count("success") == 1
    loop.at_rest("sentiment_release")
    assert len(registry.versions()) == num_versions + 1, "one training, one version"
    champion = current_champion()
    assert champion is not None
    assert champion.version == str(num_versions + 1)
    assert set(partitions) <= set(glue.partitions("reviews"))
    assert loop.pid_of("airflow-scheduler") != scheduler
    until(lambda: {worker.ppid() for worker in loop.workers()} == {loop.pid_of("airflow-scheduler")})  # the old ones are gone


def test_every_task_has_told_a_start_and_an_end_with_the_digests_of_its_data(loop: Loop) -> None:
    def told() -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        for path in loop.stack.home.lineage.glob("event-*.json"):
            with contextlib.suppress(ValueError):  # one that is just being written
                events.append(json.loads(path.read_text()))
        return [event for event in events if event["job"]["name"].split(".")[0] in DAGS and "." in event["job"]["name"]]

    def without_an_end() -> set[str]:
        types: dict[str, set[str]] = {}
        for event in told():
            types.setdefault(event["run"]["runId"], set()).add(event["eventType"])
        return {run_id for run_id, seen in types.items() if "START" not in seen or not seen & {"COMPLETE", "FAIL"}}

    until(lambda: not without_an_end())
    ran = {f"{run.dag_id}.{task.task_id}" for run in loop.api.runs(DAGS) for task in loop.api.tasks(run) if task.state == "failed"}
    assert ran <= {event["job"]["name"] for event in told() if event["eventType"] == "FAIL"}
    champion = current_champion()
    assert champion is not None
    written = [dataset for event in told() for dataset in event.get("outputs", [])]
    versions = {dataset["facets"]["version"]["datasetVersion"] for dataset in written if "version" in dataset.get("facets", {})}
    assert champion.digest in versions


def test_nothing_is_left_when_the_stack_stops(loop: Loop) -> None:
    home = str(loop.stack.home.root)
    sleep = [sys.executable, "-c", "import time; time.sleep(300)"]
    beside = subprocess.Popen(sleep, env={**os.environ, MARKER: home}, start_new_session=True)

    assert loop.command("down").returncode == 0

    beside.wait(10)  # a detached training is ended too
    assert loop.processes() == []
    assert kill_all(home) == 0
    assert not any(loop.stack.ready().values())
