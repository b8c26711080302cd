"""Lineage events: every try that began has an end under its run id, and our digests are the versions of what it read and wrote."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.dags.test_wiring import made, run

from reviewloop.refs import CandidateRef, CuratedRef, FeaturesRef, ModelRef, PredictionsRef
from reviewloop_airflow.lineage import lineage_of

CURATED = CuratedRef(
    day="2026-01-02", batch="b", uri="s3://lake/curated/a", digest="d1", num_landed=3, num_rows=2, num_quarantined=1
)
PREDICTIONS = PredictionsRef(
    day="2026-01-02", batch="b", uri="s3://lake/predictions/a", digest="d2", num_rows=2, model_version="1"
)  # fmt: skip
FEATURES = FeaturesRef(
    uri="s3://lake/features/f", sealed_uri="s3://lake/sealed/s", digest="d3", last_day="2026-01-02", num_train=1, num_validation=1,
    num_test=1, num_new=1, max_seq_length=8,
)  # fmt: skip


def told(datasets: list[Any]) -> list[tuple[str, str, str]]:
    return [(one.namespace, one.name, one.facets["version"].datasetVersion if one.facets else "") for one in datasets]


def test_a_ref_is_a_dataset_whose_version_is_its_digest() -> None:
    found = lineage_of([[CURATED, FEATURES], "2026-01-02", {"more": None}], PREDICTIONS)
    assert told(found.inputs) == [
        ("s3://lake", "curated/a", "d1"), ("s3://lake", "features/f", "d3"), ("s3://lake", "sealed/s", "")
    ]  # fmt: skip
    assert told(found.outputs) == [("s3://lake", "predictions/a", "d2")]


def test_what_is_handed_on_is_read_and_a_page_is_no_data() -> None:
    model = ModelRef(
        kind="k", uri="s3://lake/models/m", digest="d4", job_key="j", mlflow_run_id="r", page_uri="s3://lake/reports/p"
    )
    candidate = CandidateRef(
        version="1", kind="k", job_key="j", model_uri=model.uri, macro_f1=0.5, gate_report_uri="s3://lake/reports/g.json",
        page_uri="s3://lake/reports/g.html",
    )  # fmt: skip
    found = lineage_of([model], candidate)
    assert told(found.inputs) == [("s3://lake", "models/m", "d4")]
    assert told(found.outputs) == [("s3://lake", "reports/g.json", "")]


def test_a_step_tells_what_it_read_before_and_what_it_wrote_after() -> None:
    def score(curated: CuratedRef) -> PredictionsRef:
        """Score."""
        return PREDICTIONS

    operator = made(score, CURATED)
    for early in (operator.get_openlineage_facets_on_start(), operator.get_openlineage_facets_on_failure(None)):
        assert (told(early.inputs), early.outputs) == ([("s3://lake", "curated/a", "d1")], [])
    run(operator, {"outlet_events": {}, "run_id": "r", "ti": None})
    assert told(operator.get_openlineage_facets_on_complete(None).outputs) == [("s3://lake", "predictions/a", "d2")]


LOOP = """
import datetime
from airflow.providers.openlineage.plugins.listener import OpenLineageListener
from airflow.sdk import DAG
from reviewloop.errors import NothingToDo
from reviewloop.refs import CuratedRef
from reviewloop_airflow.wiring import step

CURATED = CuratedRef(
    day="2026-01-02", batch="b", uri="s3://lake/curated/a", digest="d1", num_landed=3, num_rows=2, num_quarantined=1
)

def land(): return CURATED
def skip(ref: CuratedRef): raise NothingToDo("nothing new")
def refuse(ref: CuratedRef): raise ValueError("as planned")
def die(ref: CuratedRef): raise ValueError("its process is killed, so nobody tells")

if __name__ == "__main__":
    told = OpenLineageListener._on_task_instance_failed
    def silent(self, task_instance, *rest):
        if task_instance.task_id != "die":
            told(self, task_instance, *rest)
    OpenLineageListener._on_task_instance_failed = silent

with DAG("told", schedule=None, start_date=datetime.datetime(2026, 1, 1)) as dag:
    landed = step(land)()
    step(skip)(landed); step(refuse)(landed); step(die)(landed)

if __name__ == "__main__":
    dag.test()
"""
"""``die`` stands for a task that is killed: its process tells a start and no end."""


@pytest.fixture(scope="module")
def events(airflow_db: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a DAG with one task of each end has told, into a file an event."""
    folder = tmp_path_factory.mktemp("lineage")
    (folder / "dags").mkdir()
    (folder / "dags" / "told.py").write_text(LOOP)
    transport = {"type": "file", "log_file_path": str(folder / "event")}
    env = {
        **os.environ, "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"), "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(transport),
        "AIRFLOW__OPENLINEAGE__EXECUTION_TIMEOUT": "60",
    }  # fmt: skip
    command = [sys.executable, str(folder / "dags" / "told.py")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=280, check=False)
    found = [json.loads(path.read_text()) for path in sorted(folder.glob("event-*.json"))]
    assert found, done.stdout[-3000:] + done.stderr[-3000:]
    return found


def ends(events: list[dict[str, Any]], task_id: str) -> dict[str, set[str]]:
    """Run id -> the types of the events of this task."""
    found: dict[str, set[str]] = {}
    for event in events:
        if event["job"]["name"] == f"told.{task_id}":
            found.setdefault(event["run"]["runId"], set()).add(event["eventType"])
    return found


@pytest.mark.parametrize(("task_id", "end"), [("land", "COMPLETE"), ("skip", "COMPLETE"), ("refuse", "FAIL"), ("die", "FAIL")])
def test_every_task_has_a_start_and_an_end_under_one_run_id(events: list[dict[str, Any]], task_id: str, end: str) -> None:
    (types,) = ends(events, task_id).values()
    assert types - {"RUNNING"} == {"START", end}


def test_the_events_hold_our_digests(events: list[dict[str, Any]]) -> None:
    (landed,) = [event for event in events if event["job"]["name"] == "told.land" and event["eventType"] == "COMPLETE"]
    (output,) = landed["outputs"]
    assert (output["namespace"], output["name"]) == ("s3://lake", "curated/a")
    assert output["facets"]["version"]["datasetVersion"] == "d1"
    refused = [event for event in events if event["job"]["name"] == "told.refuse" and event["eventType"] == "FAIL"]
    assert any(one["name"] == "curated/a" for event in refused for one in event["inputs"])


def test_nothing_of_it_is_imported_where_no_transport_is_configured() -> None:
    code = (
        "import sys; from airflow.plugins_manager import _get_plugins; _get_plugins(); import reviewloop_airflow.wiring; "
        "print(*(name for name in sys.modules if name.startswith(('openlineage', 'reviewloop_airflow.lineage'))))"
    )
    env = {key: value for key, value in os.environ.items() if "OPENLINEAGE" not in key}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, ""), done.stdout[-500:] + done.stderr[-2000:]
