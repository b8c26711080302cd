"""``sentiment_score`` over a large and a small day, in Airflow: a chunk fails its own day, and is read when it is run again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.steps.score.test_score_and_monitor import make_reviews, put_day, release

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import s3

RUN = """
import os
import reviewloop.steps.score._reading as reading
import reviewloop.steps.score.cut_days as cutting
import reviewloop.steps.score.read_chunk as chunks
import reviewloop_airflow.days as days
from reviewloop.steps.score.find_curated import find_curated

config = cutting.load_config()
small = config.model_copy(update={"scoring": config.scoring.model_copy(update={"chunk_rows": 50})})
cutting.load_config = lambda: small
def days_to_score(curated, day): return [find_curated(day) for day in ("2026-01-02", "2026-01-03")]
days.days_to_score = days_to_score
def read_rows(curated, version, predictor, rows):
    if broken and rows == [range(50, 100)]:
        raise MemoryError("as planned")
    return reading.read_rows(curated, version, predictor, rows)
chunks.read_rows = read_rows

from airflow.dag_processing.dagbag import DagBag
dag = DagBag(os.path.join(os.environ["AIRFLOW__CORE__DAGS_FOLDER"], "sentiment_score.py")).dags["sentiment_score"]
dag.get_task("read_chunk").retries = 0
for broken in (True, False):
    run = dag.test(run_conf={"day": "2026-01-02"})
    print("STATES", *sorted(f"{task.task_id}[{task.map_index}]={task.state}" for task in run.get_task_instances()))
"""


@pytest.mark.contract
def test_a_chunk_that_fails_leaves_the_other_day_alone(lake: str, mlflow_server: str, airflow_db: Path, tmp_path: Path) -> None:
    release(tmp_path)
    put_day(make_reviews(120, 5))
    put_day(make_reviews(30, 6), day="2026-01-03")
    command = [sys.executable, "-c", RUN]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, timeout=250, check=False)
    before = ["cut_days[-1]=success", "days_to_score[-1]=success"]
    states = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("STATES")]
    assert states == [
        [*before, *(f"read_chunk[{place}]={state}" for place, state in enumerate(("success", middle, "success"))), *scored]
        for middle, scored in (
            ("failed", ["score[0]=failed", "score[1]=success"]),
            ("success", ["score[0]=success", "score[1]=success"]),
        )
    ], done.stdout[-3000:] + done.stderr[-3000:]
    assert "2026-01-02: rows 50 to 99 were not read; clear what failed of read_chunk" in done.stdout + done.stderr
    assert sorted(p.day for p in glue.partitions("predictions")) == ["2026-01-02", "2026-01-03"]
    assert list(s3.list_uris(s3.lake_uri("chunks", ""))) == []
