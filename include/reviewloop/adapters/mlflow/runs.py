"""MLflow: the runs of a training job.

Every function may be called again: a retried task finds the run its first try made. Runs, and the versions in the registry,
are found by their job key, so that two tries of one job share them. MLflow has no lock: keep one training run at a time
(``max_active_runs=1``); two that begin one job in the same instant both use the older run.
"""

import tempfile
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.mlflow.connection import calling, client
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.errors import TransientError
from reviewloop.refs import ModelRef
from reviewloop.settings import settings

_PARENT: Final = "mlflow.parentRunId"
_LONGEST_MINUTES: Final = 720
"""The limit of the task that trains."""


def _experiment_id() -> str:
    from mlflow.exceptions import MlflowException

    name = settings().experiment
    with calling(f"experiment {name!r}"):
        found = client().get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        try:
            return str(client().create_experiment(name))
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            return str(client().get_experiment_by_name(name).experiment_id)  # another task made it in this instant


def run_url(run_id: str) -> str:
    """Where a person finds the run; empty where MLflow is no server."""
    import mlflow

    base = (settings().mlflow_url or str(mlflow.get_tracking_uri())).rstrip("/")
    return f"{base}/#/experiments/{_experiment_id()}/runs/{run_id}" if base.startswith(("http://", "https://")) else ""


def _find_run(filter_string: str) -> str | None:
    with calling(f"look for a run with {filter_string}"):
        runs = client().search_runs([_experiment_id()], filter_string, max_results=1, order_by=["attribute.start_time ASC"])
    return str(runs[0].info.run_id) if runs else None


def find_run(job_key: str) -> str | None:
    """The id of the job's parent run, or None."""
    return _find_run(f"tags.`{Tag.JOB_KEY}` = '{job_key}'")


def open_run(job_key: str, name: str, tags: Mapping[str, str]) -> str:
    """The id of the job's parent run, made if there is none, else open again; ``tags`` are set in both cases."""
    run_id = find_run(job_key)
    if run_id is not None:
        set_tags(run_id, tags)
        with calling(f"open run {run_id} again"):
            client().update_run(run_id, status="RUNNING")
        return run_id
    with calling(f"open a run of job {job_key[:16]}"):
        client().create_run(_experiment_id(), tags={**tags, Tag.JOB_KEY: job_key}, run_name=name)
    return find_run(job_key) or _lost(job_key)


def child_run(parent_run_id: str, kind: str) -> str:
    """The id of the run of one model ``kind`` under the parent, made if there is none."""
    wanted = f"tags.`{_PARENT}` = '{parent_run_id}' and tags.`{Tag.KIND}` = '{kind}'"
    run_id = _find_run(wanted)
    if run_id is not None:
        return run_id
    with calling(f"open the {kind} run under {parent_run_id}"):
        client().create_run(_experiment_id(), tags={_PARENT: parent_run_id, Tag.KIND: kind}, run_name=kind)
    return _find_run(wanted) or _lost(parent_run_id)


def with_its_run(model: ModelRef, parent_run_id: str) -> ModelRef:
    """The model that a job has made before, with the run that it has under the job's parent run now.

    Mostly the run that it was made under. MLflow may have lost that one, and the parent with it (restored from an older backup):
    then there is a new one, and what is found about the model later is logged there.
    """
    run_id = child_run(parent_run_id, model.kind)
    if run_id != model.mlflow_run_id:
        finish(run_id)
    return model.model_copy(update={"mlflow_run_id": run_id})


def _lost(key: str) -> str:
    raise TransientError(f"MLflow: the run just made for {key} is not found yet")


def exists(run_id: str) -> bool:
    """Whether MLflow holds the run, and nobody has deleted it."""
    from mlflow.exceptions import MlflowException

    if not run_id:
        return False
    with calling(f"look up run {run_id}"):
        try:
            return str(client().get_run(run_id).info.lifecycle_stage) == "active"
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return False
            raise


def run_tags(run_id: str) -> dict[str, str]:
    """The run's tags."""
    with calling(f"read run {run_id}"):
        return dict(client().get_run(run_id).data.tags)


def set_tags(run_id: str, tags: Mapping[str, str]) -> None:
    """Set the run's tags; a tag that exists is replaced."""
    from mlflow.entities import RunTag

    with calling(f"tag run {run_id}"):
        client().log_batch(run_id, tags=[RunTag(key, str(value)) for key, value in tags.items()])


def log_params(run_id: str, params: Mapping[str, Any]) -> None:
    """Log parameters. Raises ``PermanentError`` when one was logged before with another value."""
    from mlflow.entities import Param

    with calling(f"log parameters of run {run_id}"):
        client().log_batch(run_id, params=[Param(key, str(value)) for key, value in params.items()])


@lru_cache(maxsize=64)
def _started_at(run_id: str) -> int:
    with calling(f"read run {run_id}"):
        return int(client().get_run(run_id).info.start_time)


def log_metrics(run_id: str, metrics: Mapping[str, float], at_step: int = 0) -> None:
    """Log metrics at one step.

    Their time is the run's start plus the step, in milliseconds, not now: MLflow drops a point that it already has, so a
    retried task that logs the same values again leaves one point each, not two.
    """
    from mlflow.entities import Metric

    when = _started_at(run_id) + at_step
    with calling(f"log metrics of run {run_id}"):
        client().log_batch(run_id, metrics=[Metric(key, float(value), when, at_step) for key, value in metrics.items()])


def log_bytes(run_id: str, name: str, data: bytes) -> None:
    """Store ``data`` as the run's artifact ``name`` (``folder/file`` makes the folder)."""
    folder, _, file = name.rpartition("/")
    with tempfile.TemporaryDirectory() as temporary, calling(f"store artifact {name!r} of run {run_id}"):
        path = Path(temporary) / file
        path.write_bytes(data)
        client().log_artifact(run_id, str(path), folder or None)


def minutes(trigger: str, since: datetime, now: datetime) -> float:
    """Minutes that models took to be made, in jobs whose reason begins with ``trigger`` and whose making began after ``since``.

    One that is still under way has taken the time until ``now``, and at most what a training may take at all: a run that was
    lost is never closed.
    """
    ids = [_experiment_id()]
    start = f"attribute.start_time >= {int(since.timestamp() * 1000)}"
    with calling("look for trainings"):
        jobs = _all_runs(ids, f"tags.`{Tag.TRIGGER}` LIKE '{trigger}%'")
        models = _all_runs(ids, f"tags.`{Tag.KIND}` != '' and {start}").values()
    made = [run for run in models if run.data.tags.get(_PARENT) in jobs]
    ends = ((run.info.start_time, run.info.end_time or now.timestamp() * 1000) for run in made)
    return float(sum(min((end - begun) / 60_000, _LONGEST_MINUTES) for begun, end in ends))


def _all_runs(experiments: list[str], filter_string: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    token = None
    while True:
        page = client().search_runs(experiments, filter_string, max_results=500, page_token=token)
        found |= {str(run.info.run_id): run for run in page}
        token = page.token
        if not token:
            return found


def finish(run_id: str, status: str = "FINISHED") -> None:
    """Close the run as ``FINISHED``, ``FAILED`` or ``KILLED``; one that is closed like this already stays as it is."""
    with calling(f"close run {run_id}"):
        if client().get_run(run_id).info.status != status:
            client().set_terminated(run_id, status)
