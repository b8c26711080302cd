"""TF-IDF and logistic regression on the features' training part."""

import logging
import tempfile
from pathlib import Path

from reviewloop.adapters.lake import artifacts, frames, model_store, places
from reviewloop.adapters.lake.once import once
from reviewloop.adapters.mlflow import runs
from reviewloop.config import load_config
from reviewloop.models.baseline_folder import write_baseline
from reviewloop.refs import ModelRef, TrainingRef
from reviewloop.steps.train._reuse import reused

log = logging.getLogger(__name__)


def train_baseline(training: TrainingRef) -> ModelRef:
    """Fit the baseline, log it to its MLflow child run, publish it under ``models/baseline/``. Seconds; idempotent."""
    return once(places.making("baseline", training.job_key), lambda: _known(training), lambda: _fitted(training))


def _known(training: TrainingRef) -> ModelRef | None:
    found = model_store.find("baseline", training.job_key)
    return runs.with_its_run(reused(found, training), training.mlflow_run_id) if found else None


def _fitted(training: TrainingRef) -> ModelRef:
    config = load_config().training.baseline
    run_id = runs.child_run(training.mlflow_run_id, "baseline")
    runs.log_params(run_id, {**config.model_dump(), "seed": training.seed})
    features = artifacts.open_artifact(training.features.uri)
    train, validation = (frames.from_parquet(features.read(f"{part}.parquet")) for part in ("train", "validation"))
    with tempfile.TemporaryDirectory() as temporary:
        fitted = write_baseline(train, validation, config, training.seed, Path(temporary))
        seen = fitted.seen
        runs.log_metrics(run_id, {"validation.accuracy": seen["accuracy"], "validation.macro_f1": seen["macro_f1"]})
        log.info("baseline: %d rows, %d terms, validation macro-F1 %.4f", len(train), fitted.num_terms, seen["macro_f1"])
        model = model_store.publish("baseline", Path(temporary), training.job_key, run_id, made_by=training.dag_run_id)
    runs.finish(run_id)
    return model
