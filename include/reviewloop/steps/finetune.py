"""The fine-tune: started as a process of its own, followed, and published."""

import logging
import shutil
import time
from pathlib import Path

from reviewloop.adapters import jobs, models, tracking
from reviewloop.adapters.finetune_job import prepare
from reviewloop.adapters.job_metrics import MetricsFollower
from reviewloop.config import load_config
from reviewloop.errors import JobFailed
from reviewloop.refs import ModelRef, TrainingRef
from reviewloop.settings import settings

log = logging.getLogger(__name__)
POLL_SECONDS = 2.0
MAX_RESTARTS = 3
"""Starts after a kill, within one try of the task; each goes on from the last checkpoint."""


def finetune(training: TrainingRef) -> ModelRef:
    """Fine-tune the transformer and publish it under ``models/transformer/``; idempotent.

    The process outlives this task: a second try finds it by the job's key and goes on watching. Raises ``JobFailed`` with
    the end of its log when it fails by itself, or was killed more than ``MAX_RESTARTS`` times.
    """
    found = models.find("transformer", training.job_key)
    if found:
        return found
    config = load_config().training.transformer
    run_id = tracking.child_run(training.mlflow_run_id, "transformer")
    overrides = {"epochs": training.epochs, "learning_rate": training.learning_rate, "seed": training.seed}
    tracking.log_params(run_id, {**config.model_dump(), **overrides, "max_seq_length": training.features.max_seq_length})

    folder = settings().work_dir / "jobs" / training.job_key[:16]
    command, env = prepare(folder, training, config)
    try:
        _run(folder, command, env, MetricsFollower(folder / "metrics.jsonl", run_id, config.batch_size))
    except JobFailed:
        tracking.log_bytes(run_id, jobs.LOG, (folder / jobs.LOG).read_bytes())
        tracking.finish(run_id, "FAILED")
        raise
    model = models.publish("transformer", folder / "model", training.job_key, run_id)
    tracking.log_bytes(run_id, jobs.LOG, (folder / jobs.LOG).read_bytes())
    tracking.finish(run_id)
    done = folder.rename(folder.with_name(f".{folder.name}.done"))  # so that a kill leaves no half-emptied job folder
    shutil.rmtree(done)
    return model


def _run(folder: Path, command: list[str], env: dict[str, str], follower: MetricsFollower) -> None:
    """Start or rejoin the process and follow it to its result."""
    pid = jobs.start_or_reconnect(folder, command, env)
    log.info("started process %d in %s", pid, folder) if pid else log.info("reconnected to the job in %s", folder)
    restarts = 0
    while True:
        state = jobs.state(folder)
        follower.forward()
        if state == "succeeded":
            return
        if state == "failed" or (state == "lost" and restarts == MAX_RESTARTS):
            how = "failed" if state == "failed" else f"was killed {MAX_RESTARTS + 1} times"
            raise JobFailed(f"the fine-tune {how}; its log ends:\n{jobs.log_tail(folder)}")
        if state == "lost":
            restarts += 1
            pid = jobs.start_or_reconnect(folder, command, env)
            log.warning("the process was killed; restart %d of %d, process %s", restarts, MAX_RESTARTS, pid)
        time.sleep(POLL_SECONDS)
