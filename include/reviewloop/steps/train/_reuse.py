"""A model that was trained before is used again, which the task's log says."""

import logging
import shutil
import tempfile
from pathlib import Path

from reviewloop.adapters.lake import model_store
from reviewloop.adapters.mlflow import runs
from reviewloop.errors import PermanentError
from reviewloop.refs import ModelRef, TrainingRef

log = logging.getLogger(__name__)


def reused(model: ModelRef, training: TrainingRef) -> ModelRef:
    """The model as it came; says so where another DAG run made it."""
    if model.made_by != training.dag_run_id:
        log.info("%s: reused from run %s: %s", model.kind, model.made_by or "(which one is not known)", model.uri)
    return model


def take_over(kind: str, training: TrainingRef) -> ModelRef | None:
    """The model of another job whose weights were made of the same, published as this job's own too; None where there is none.

    So a change of what comes after the fine-tune pays for no second one. It is read by its digests and its signature first: one
    that is not what it was is left, and trained anew.
    """
    offered = model_store.find_offered(kind, training.finetune_key)
    if offered is None:
        return None
    try:
        kept = model_store.fetch_model(offered.uri, offered.digest)
        cpu = str(model_store.open_model(offered.uri, offered.digest).meta.get("cpu") or "")
    except PermanentError as error:
        log.warning("%s: %s is not reused, for it is not what it was: %s", kind, offered.uri, error)
        return None
    run_id = runs.child_run(training.mlflow_run_id, kind)
    runs.log_params(run_id, {"reused_from": offered.uri})
    with tempfile.TemporaryDirectory() as temporary:
        folder = shutil.copytree(kept, Path(temporary) / "model")
        model = model_store.publish(
            kind, folder, training.job_key, run_id, offered.page_uri, offered.warnings, cpu=cpu, made_by=offered.made_by
        )
    runs.finish(run_id)
    log.info("%s: %s has the weights of %s", kind, model.uri, offered.uri)
    return model
