"""The fine-tune: handed to a backend, followed, and published."""

import json
import logging
import shutil
import time
from pathlib import Path

from reviewloop.adapters.jobs.backends.choice import backend_of, job_folders
from reviewloop.adapters.jobs.backends.protocol import Backend
from reviewloop.adapters.jobs.process import RESULT
from reviewloop.adapters.jobs.program import parameters
from reviewloop.adapters.jobs.record import JobRecord
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.adapters.lake import model_store, places, scratch
from reviewloop.adapters.lake.once import once
from reviewloop.adapters.mlflow import runs
from reviewloop.config import load_config
from reviewloop.errors import JobFailed, TransientError
from reviewloop.refs import ModelRef, TrainingRef
from reviewloop.settings import settings
from reviewloop.steps.train._reuse import reused, take_over

log = logging.getLogger(__name__)
MAX_RESTARTS = 3
"""Starts after a kill, within one try of the task; each goes on from the last checkpoint."""


def finetune(training: TrainingRef) -> ModelRef:
    """Fine-tune the transformer where ``training.backend`` says and publish it under ``models/transformer/``; idempotent.

    The job outlives this task: a second try finds it by the job's key and goes on watching. Keeps the training's report, also
    of a job that fails. Raises ``JobFailed`` with the end of its log when it fails by itself, or was killed more than
    ``MAX_RESTARTS`` times.
    """
    return collect(training, submit(training))


def submit(training: TrainingRef) -> str | None:
    """The id of the job, started if need be; None where its model is there already, or that of a job with the same weights."""
    if model_store.find("transformer", training.job_key) or take_over("transformer", training):
        return None
    scratch.sweep(job_folders(), settings().job_cache_days * 86400)
    config = load_config().training
    run_id = runs.child_run(training.mlflow_run_id, "transformer")
    spec = _spec(training)
    told = {name: value for name, value in spec.parameters.items() if name != "watch"}
    runs.log_params(run_id, {**told, "backend": config.backend.kind})
    return backend_of(config.backend).submit(spec)


def is_running(job_id: str) -> bool:
    """Whether the job has not ended yet."""
    return backend_of(load_config().training.backend).status(job_id) == "running"


def cancel(job_id: str) -> None:
    """End the job."""
    backend_of(load_config().training.backend).cancel(job_id)


def collect(training: TrainingRef, job_id: str | None) -> ModelRef:
    """Follow the job to its end, keep its record and publish its model; see ``finetune``.

    Of two runs that ask for one job at once, one follows and publishes it, and the other takes its model.
    """
    claim = places.making("transformer", training.job_key)
    return once(claim, lambda: _known(training), lambda: _followed(training, job_id))


def _known(training: TrainingRef) -> ModelRef | None:
    found = model_store.find("transformer", training.job_key)
    return runs.with_its_run(reused(found, training), training.mlflow_run_id) if found else None


def _followed(training: TrainingRef, job_id: str | None) -> ModelRef:
    if job_id is None:
        raise TransientError(f"job {training.job_key[:16]}: its model has just gone; another try makes it anew")
    config = load_config().training
    backend, folder = backend_of(config.backend), job_folders() / training.job_key[:16]
    run_id = runs.child_run(training.mlflow_run_id, "transformer")
    record = JobRecord(folder, run_id, training.job_key, parameters(training, config.transformer))
    try:
        backend.result(_follow(backend, training, job_id, record), folder)
    except JobFailed as failed:
        log.error("%s", failed)
        raise JobFailed(str(failed), record.keep_failed()) from None
    page_uri = record.keep()
    model = model_store.publish(
        "transformer", folder / "model", training.job_key, run_id, page_uri, record.warnings, cpu=_cpu(folder),
        made_by=training.dag_run_id,
    )  # fmt: skip
    if training.finetune_key:
        model_store.offer(model, training.finetune_key)
    runs.finish(run_id)
    _clear(folder)
    return model


def _spec(training: TrainingRef) -> JobSpec:
    config = load_config().training
    return JobSpec(
        name=training.job_key[:16],
        features_uri=training.features.uri,
        parameters=parameters(training, config.transformer),
        num_gpus=config.backend.num_gpus,
    )


def _follow(backend: Backend, training: TrainingRef, job_id: str, record: JobRecord) -> str:
    """Until the job has ended; a killed one is started again. Returns the id it has then."""
    restarts = 0
    while (state := backend.status(job_id)) in {"running", "lost"}:
        record.forward()
        if state == "lost" and restarts == MAX_RESTARTS:
            raise JobFailed(f"the fine-tune was killed {MAX_RESTARTS + 1} times; its log ends:\n{backend.logs(job_id)}")
        if state == "lost":
            restarts += 1
            job_id = backend.submit(_spec(training))
            log.warning("the job was killed; restart %d of %d", restarts, MAX_RESTARTS)
        time.sleep(backend.poll_seconds)
    return job_id


def _cpu(folder: Path) -> str:
    """What trained it; empty where the job does not say, for then nobody knows: it may have run elsewhere."""
    result = folder / RESULT
    return str(json.loads(result.read_text(encoding="utf-8")).get("cpu", "")) if result.exists() else ""


def _clear(folder: Path) -> None:
    done = folder.rename(folder.with_name(f".{folder.name}.done"))  # so that a kill leaves no half-emptied job folder
    shutil.rmtree(done)
