"""The triggers against moto's SageMaker and Batch, whose jobs end when the test says so."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.helpers.fake_cluster import FakeCluster
from tests.helpers.places import BACKEND_KINDS, BatchPlace, KubernetesPlace, SageMakerPlace, books

from reviewloop.adapters.jobs.backends.account import job_name
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.errors import ConfigError
from reviewloop.steps.train import finetune
from reviewloop_airflow.training_triggers import KubernetesTrainingTrigger, trigger_for

pytestmark = pytest.mark.contract
ROOT = Path(__file__).resolve().parents[2]


def end(kind: str, job_id: str, how: str) -> None:
    if kind == "sagemaker":
        books(kind).training_jobs[job_id].training_job_status = {"success": "Completed", "failure": "Failed"}[how]
    else:
        books(kind)._jobs[job_id]._mark_stopped(success=how == "success")


@pytest.mark.parametrize("kind", [kind for kind in BACKEND_KINDS if kind != "local"])
def test_every_kind_that_is_not_of_this_machine_is_waited_for(kind: str) -> None:
    assert kind in type(trigger_for(kind, "a-job")).__name__.lower()


def test_a_kind_that_nothing_waits_for_is_named() -> None:
    with pytest.raises(ConfigError, match="nothing waits for jobs of 'moon'; give it a trigger"):
        trigger_for("moon", "a-job")


@pytest.mark.parametrize("how", ["success", "failure"])
@pytest.mark.parametrize("kind", ["sagemaker", "batch"])
def test_it_fires_when_the_job_has_ended_however_it_ended(
    moto: str,
    make_spec: Callable[..., JobSpec],
    tmp_path: Path,
    kind: str,
    how: str,
) -> None:
    place = SageMakerPlace(tmp_path, moto) if kind == "sagemaker" else BatchPlace(tmp_path, moto)
    job_id = place.backend.submit(make_spec("waited-for"))
    trigger = trigger_for(kind, job_id)
    trigger.waiter_delay = 1

    async def event():
        waiting = asyncio.ensure_future(anext(trigger.run()))
        await asyncio.sleep(2)
        assert not waiting.done(), "it waits while the job waits for a machine"
        end(kind, job_id, how)
        return await asyncio.wait_for(waiting, 30)

    told = asyncio.run(event()).payload
    assert job_id in (told.get("job_id"), told.get("job_name")), "the operator comes back to this job"
    assert (told["status"] == "success") is (how == "success")
    assert place.backend.status(job_id) == ("succeeded" if how == "success" else "failed")


def test_it_asks_the_cluster_until_the_job_has_ended(
    fake_cluster: FakeCluster, make_spec: Callable[..., JobSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = KubernetesPlace(tmp_path, fake_cluster)
    monkeypatch.setattr(finetune, "backend_of", lambda config: place.backend)
    job_id = place.backend.submit(make_spec("waited-for"))
    trigger = KubernetesTrainingTrigger(job_id, waiter_delay=0.1)
    path, kept = trigger.serialize()
    assert path == "reviewloop_airflow.training_triggers.KubernetesTrainingTrigger"
    assert kept == {"job_id": job_id, "waiter_delay": 0.1}

    async def event():
        waiting = asyncio.ensure_future(anext(trigger.run()))
        await asyncio.sleep(0.5)
        fake_cluster.refusing = 503
        await asyncio.sleep(0.5)
        fake_cluster.refusing = None
        assert not waiting.done(), "it waits, also while the cluster does not answer"
        fake_cluster.ends(job_id, 0)
        return await asyncio.wait_for(waiting, 30)

    assert asyncio.run(event()).payload == {"job_id": job_id}
    asyncio.run(trigger_for("kubernetes", job_id).on_kill())
    assert job_id in fake_cluster.jobs, "what has ended is not cancelled"
    again = place.backend.submit(make_spec("ended-by-a-person"))
    asyncio.run(trigger_for("kubernetes", again).on_kill())
    assert again not in fake_cluster.jobs
    assert place.backend.status(again) == "failed"


DAG = '''
import json, os
from airflow.sdk import DAG
from reviewloop.adapters.costs import guard
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.jobs.backends.choice import backend_of
from reviewloop.config import load_config
from reviewloop.refs import ModelRef
from reviewloop_airflow import training_job, training_triggers
from reviewloop_airflow.training_job import TrainingJobOperator
from reviewloop_airflow.wiring import step

training_triggers._WAITING["waiter_delay"] = 1
guard.before = lambda job, key: None  # moto knows neither quotas nor images
spec = JobSpec(**json.loads(os.environ["SPEC"]))
training_job.submit = lambda training: backend_of(load_config().training.backend).submit(spec)
training_job.collect = lambda training, job_id: ModelRef(kind="transformer", uri=job_id, digest="", job_key="", mlflow_run_id="")

def finetune(training):
    """Fine-tune."""

with DAG("waits", schedule=None):
    step(finetune, TrainingJobOperator)("a training")
'''
RUN = """
from airflow.dag_processing.dagbag import DagBag
bag = DagBag()
assert not bag.import_errors, bag.import_errors
run = bag.dags["waits"].test()
(task,) = run.get_task_instances()
print("ENDED", task.state, task.xcom_pull(task_ids="finetune"))
"""


def test_a_run_waits_in_the_triggerer_and_ends_with_the_model(
    moto: str,
    make_spec: Callable[..., JobSpec],
    airflow_db: Path,
    tmp_path: Path,
) -> None:
    """Airflow's own runner and trigger loop; the parts of the step before and after the waiting are stand-ins."""
    shutil.copytree(ROOT / "include" / "config", tmp_path / "config")
    described = "{kind: sagemaker, sagemaker: {instance_type: ml.m5.large, volume_gb: 10, max_seconds: 600}}"
    (tmp_path / "config" / "profiles" / "away.yaml").write_text(f"training: {{backend: {described}}}")
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "waits.py").write_text(DAG)
    env = {**os.environ, "REVIEWLOOP_CONFIG_DIR": str(tmp_path / "config"), "REVIEWLOOP_PROFILE": "away"}
    env |= {"AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"), "SPEC": json.dumps(asdict(make_spec("waiting")))}
    with (tmp_path / "log").open("w") as log:
        run = subprocess.Popen([sys.executable, "-c", RUN], env=env, stdout=log, stderr=subprocess.STDOUT, text=True)
    name = f"{job_name('waiting')}-1"
    deadline = time.monotonic() + 120
    while name not in books("sagemaker").training_jobs:
        assert run.poll() is None, (tmp_path / "log").read_text()[-3000:]
        assert time.monotonic() < deadline, (tmp_path / "log").read_text()[-3000:]
        time.sleep(0.2)
    time.sleep(3)
    assert run.poll() is None, "it waits"
    end("sagemaker", name, "success")
    assert run.wait(120) == 0, (tmp_path / "log").read_text()[-3000:]
    told = (tmp_path / "log").read_text()
    assert "ENDED success" in told, told[-3000:]
    assert name in told.rpartition("ENDED success")[2], told[-3000:]
    assert len(books("sagemaker").training_jobs) == 1
