"""The two training steps, on a real lake and a real MLflow, with the tiny BERT."""

import os
import shutil
import signal
import threading
import time
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from tests.helpers.intruder import overwrite

from reviewloop import config
from reviewloop.adapters.jobs import process
from reviewloop.adapters.lake import artifacts, model_store, s3
from reviewloop.adapters.lake.model_store import fetch_predictor
from reviewloop.adapters.mlflow import runs
from reviewloop.config import RuleConfig
from reviewloop.errors import JobFailed, TransientError
from reviewloop.models.encoder.pretrained import pin
from reviewloop.refs import FeaturesRef, ModelRef, TrainingRef
from reviewloop.settings import settings
from reviewloop.steps.train import finetune as finetune_step
from reviewloop.steps.train._reuse import take_over
from reviewloop.steps.train.finetune import finetune
from reviewloop.steps.train.train_baseline import train_baseline

pytestmark = pytest.mark.contract


@pytest.fixture
def training(lake, mlflow_server, parts, tiny_bert, monkeypatch) -> TrainingRef:
    loaded = config.load_config()
    small = loaded.training.transformer.model_copy(update={"model": str(tiny_bert), "batch_size": 4, "epochs": 3})
    room = loaded.training.model_copy(update={"transformer": small})
    for step in ("finetune", "train_baseline"):
        monkeypatch.setattr(f"reviewloop.steps.train.{step}.load_config", lambda: loaded.model_copy(update={"training": room}))
    monkeypatch.setattr("reviewloop.adapters.jobs.backends.local.LocalBackend.poll_seconds", 0.1)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    files = {f"{name}.parquet": parts / f"{name}.parquet" for name in ("train", "validation")}
    features = artifacts.publish(s3.lake_uri("features"), files)
    counts = {"num_train": 400, "num_validation": 60, "num_test": 1, "num_new": 400}
    ref = FeaturesRef(
        uri=features.uri, sealed_uri="s3://none", digest=features.digest, last_day="2026-01-01", max_seq_length=48, **counts
    )
    job_key = "ab" * 32
    return TrainingRef(
        job_key=job_key,
        features=ref,
        seed=7,
        epochs=3,
        learning_rate=2e-3,
        base_model_pin=pin(str(tiny_bert)),
        mlflow_run_id=runs.open_run(job_key, "a job", {}),
        dag_run_id="test",
        trigger="by hand",
    )


def job_folder(training: TrainingRef) -> Path:
    return settings().work_dir / "jobs" / training.job_key[:16]


def test_the_baseline_is_published_logged_and_found_again(training):
    model = train_baseline(training)
    assert model.kind == "baseline"
    assert model.uri == s3.lake_uri("models", "baseline", model.digest[:16])
    assert train_baseline(training) == model
    run = mlflow.MlflowClient().get_run(model.mlflow_run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["validation.macro_f1"] > 0.9
    assert fetch_predictor(model.uri).predict_proba(["love great"]).argmax() == 2
    loaded = mlflow.pyfunc.load_model(model.uri)
    answer = loaded.predict(pd.DataFrame({"title": [None, "love"], "text": ["hate torn", "great"]}))
    assert answer.idxmax(axis=1).tolist() == ["negative", "positive"]


def test_the_fine_tune_survives_a_kill_of_its_process_and_is_published_once(training):
    folder = job_folder(training)

    def kill_once() -> None:
        while not list((folder / "checkpoints").glob("step-*")):
            time.sleep(0.005)
        os.kill(int((folder / process.PID).read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill_once, daemon=True)
    killer.start()
    model = finetune(training)
    assert not killer.is_alive()
    assert finetune(training) == model
    assert not folder.exists(), "the job's files are gone once the model is published"
    client = mlflow.MlflowClient()
    assert client.get_run(model.mlflow_run_id).info.status == "FINISHED"
    steps = [point.step for point in client.get_metric_history(model.mlflow_run_id, "train.loss")]
    assert sorted(steps) == list(range(10, 301, 10)), "every point once, though some steps ran twice"
    assert len(client.get_metric_history(model.mlflow_run_id, "validation.macro_f1")) == 3
    probabilities = fetch_predictor(model.uri).predict_proba(["love great"])
    served = mlflow.pyfunc.load_model(model.uri).predict(pd.DataFrame({"text": ["love great"]}))
    assert served.to_numpy() == pytest.approx(probabilities)


def test_a_second_try_joins_the_running_process_and_a_finished_one_is_only_published(training, monkeypatch):
    class TaskKilled(BaseException):
        """Stands for the death of the Airflow task."""

    def die(_seconds: float) -> None:
        raise TaskKilled

    training = training.model_copy(update={"epochs": 1})
    with monkeypatch.context() as patch:
        patch.setattr("reviewloop.steps.train.finetune.time.sleep", die)
        with pytest.raises(TaskKilled):
            finetune(training)
    folder = job_folder(training)
    pid = (folder / process.PID).read_text()
    deadline = time.monotonic() + 120
    while process.state(folder) == "running" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert process.state(folder) == "succeeded", process.log_tail(folder)
    assert (folder / process.PID).read_text() == pid
    monkeypatch.setattr("reviewloop.adapters.jobs.process.subprocess.Popen", None)
    assert model_store.find("transformer", training.job_key) is None
    assert finetune(training) == model_store.find("transformer", training.job_key)


def test_the_report_and_what_the_watch_warns_of_stand_in_mlflow_and_with_the_model(training, monkeypatch, caplog):
    loaded = finetune_step.load_config()
    transformer = loaded.training.transformer
    eager = {"class_imbalance": RuleConfig(action="warn", threshold=0.01, patience=1)}
    rules = {name: rule.model_copy(update={"action": "off"}) for name, rule in transformer.watch.rules.items()} | eager
    watch = transformer.watch.model_copy(update={"rules": rules, "every_steps": 5})
    room = loaded.training.model_copy(update={"transformer": transformer.model_copy(update={"watch": watch})})
    monkeypatch.setattr("reviewloop.steps.train.finetune.load_config", lambda: loaded.model_copy(update={"training": room}))
    model = finetune(training.model_copy(update={"epochs": 1}))
    (warning,) = model.warnings
    assert warning.startswith("class_imbalance at step ")
    assert caplog.text.count("warned: class_imbalance") == 1
    run = mlflow.MlflowClient().get_run(model.mlflow_run_id)
    assert "finding.class_imbalance" in run.data.tags
    assert run.data.params["backend"] == "local"
    digest = training.base_model_pin.removeprefix("sha256:")
    assert run.data.params["base_model_digest"] == digest, "of what the job loaded"
    artifacts = {artifact.path for artifact in mlflow.MlflowClient().list_artifacts(model.mlflow_run_id)}
    assert {"report.html", "log.txt", "watch"} <= artifacts
    assert model.page_uri == s3.lake_uri("reports", "training", training.job_key[:16], "index.html")
    page = s3.read_bytes(model.page_uri).decode()
    assert "Class imbalance" in page
    assert f'<a href="../../../../?job={training.job_key[:16]}">All of this job</a>' in page
    assert model_store.find("transformer", training.job_key).warnings == model.warnings


def test_a_fine_tune_that_fails_by_itself_ends_the_task_with_its_log_and_has_its_report_too(training):
    wrong = training.model_copy(update={"features": training.features.model_copy(update={"max_seq_length": 8})})
    with pytest.raises(JobFailed, match="max_seq_length is 8") as failed:
        finetune(wrong)
    assert b"max_seq_length is 8" in s3.read_bytes(failed.value.page_uri)
    run_id = runs.child_run(training.mlflow_run_id, "transformer")
    assert mlflow.MlflowClient().get_run(run_id).info.status == "FAILED"
    assert "report.html" in {artifact.path for artifact in mlflow.MlflowClient().list_artifacts(run_id)}


def test_a_record_that_cannot_be_kept_does_not_hide_why_the_job_failed(training, monkeypatch, caplog):
    def broken(folder, links):
        raise OSError("no page today")

    monkeypatch.setattr("reviewloop.adapters.jobs.record.report.build", broken)
    fails = """echo '{"error": "no such encoder"}' > "$0"; exit 1"""
    command = ["sh", "-c", fails, str(job_folder(training) / process.FAILURE)]
    monkeypatch.setattr("reviewloop.adapters.jobs.backends.local.prepare", lambda folder, spec: (command, {}))
    with pytest.raises(JobFailed, match="no such encoder") as failed:
        finetune(training)
    assert failed.value.page_uri is None
    assert "no page today" in caplog.text


def test_a_job_that_is_killed_every_time_is_given_up(training, monkeypatch):
    monkeypatch.setattr("reviewloop.steps.train.finetune.MAX_RESTARTS", 1)
    monkeypatch.setattr("reviewloop.adapters.jobs.backends.local.prepare", lambda folder, spec: (["sh", "-c", "kill -9 $$"], {}))
    with pytest.raises(JobFailed, match="the fine-tune was killed 2 times"):
        finetune(training)


def test_a_cancelled_job_ends_its_task_with_a_retry_that_goes_on(training):
    folder = job_folder(training)

    def cancel_once() -> None:
        while not list((folder / "checkpoints").glob("step-*")):
            time.sleep(0.005)
        finetune_step.cancel(folder.name)

    canceller = threading.Thread(target=cancel_once, daemon=True)
    canceller.start()
    training = training.model_copy(update={"epochs": 1})
    with pytest.raises(TransientError, match="it was cancelled; another try goes on from its last checkpoint"):
        finetune(training)
    canceller.join()
    assert not process._members(folder)
    assert finetune(training)
    run_id = runs.child_run(training.mlflow_run_id, "transformer")
    path = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="log.txt")
    assert "resumed from step" in Path(path).read_text()


@pytest.fixture
def offered(training) -> tuple[TrainingRef, TrainingRef, ModelRef]:
    """A job that has trained, another run's job whose weights would be the same, and the first one's model."""
    first = training.model_copy(update={"finetune_key": "cd" * 32, "dag_run_id": "run-1", "epochs": 1})
    other_key = "ef" * 32
    second = first.model_copy(
        update={"job_key": other_key, "dag_run_id": "run-2", "mlflow_run_id": runs.open_run(other_key, "another job", {})}
    )
    return first, second, finetune(first)


def test_a_job_with_the_same_weights_takes_them_over_and_starts_nothing(offered, monkeypatch, caplog):
    first, second, model = offered
    for key in ("", "01" * 32):  # of a release that had no such key, and of other weights
        assert take_over("transformer", second.model_copy(update={"finetune_key": key})) is None
    monkeypatch.setattr("reviewloop.adapters.jobs.backends.local.LocalBackend.submit", None)
    caplog.set_level("INFO")
    taken = finetune(second)
    assert (model.made_by, taken.made_by, taken.job_key) == ("run-1", "run-1", second.job_key)
    assert f"transformer: reused from run run-1: {taken.uri}" in caplog.messages
    old, new = (artifacts.open_artifact(one.uri) for one in (model, taken))
    assert {name for name in old.files if old.files[name] != new.files[name]} == {"MLmodel"}, (
        "an artifact of its own, the same weights"
    )
    assert new.meta["cpu"] == old.meta["cpu"]
    assert (taken.page_uri, taken.warnings) == (model.page_uri, model.warnings)
    run = mlflow.MlflowClient().get_run(taken.mlflow_run_id)
    assert (run.info.status, run.data.params["reused_from"]) == ("FINISHED", model.uri)
    assert run.data.tags["mlflow.parentRunId"] == second.mlflow_run_id
    assert finetune(second) == taken
    assert finetune(first) == model


def test_weights_that_are_not_what_they_were_are_trained_anew(offered, monkeypatch, caplog):
    _, second, model = offered
    shutil.rmtree(settings().work_dir / "models", ignore_errors=True)
    overwrite(f"{model.uri}/model.safetensors", b"other bytes")
    started = []
    monkeypatch.setattr(
        "reviewloop.adapters.jobs.backends.local.LocalBackend.submit", lambda backend, spec: started.append(spec.name) or "job"
    )
    assert finetune_step.submit(second) == "job"
    assert started == [second.job_key[:16]]
    assert any("is not reused, for it is not what it was" in line for line in caplog.messages)
    assert model_store.find("transformer", second.job_key) is None
