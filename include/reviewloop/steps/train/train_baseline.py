"""TF-IDF and logistic regression on the features' training part."""

import json
import logging
import tempfile
from pathlib import Path

from reviewloop.adapters.lake import artifacts, frames, model_store
from reviewloop.adapters.mlflow import runs
from reviewloop.config import load_config
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import classification_metrics
from reviewloop.models.about import ABOUT
from reviewloop.refs import ModelRef, TrainingRef

log = logging.getLogger(__name__)


def train_baseline(training: TrainingRef) -> ModelRef:
    """Fit the baseline, log it to its MLflow child run, publish it under ``models/baseline/``. Seconds; idempotent."""
    found = model_store.find("baseline", training.job_key)
    if found:
        return runs.with_its_run(found, training.mlflow_run_id)
    from reviewloop.models import baseline

    config = load_config().training.baseline
    run_id = runs.child_run(training.mlflow_run_id, "baseline")
    runs.log_params(run_id, {**config.model_dump(), "seed": training.seed})
    features = artifacts.open_artifact(training.features.uri)
    train, validation = (frames.from_parquet(features.read(f"{part}.parquet")) for part in ("train", "validation"))

    pipeline = baseline.fit(
        train["model_text"].tolist(),
        train["label"].to_numpy(),
        train["weight"].to_numpy() ** config.weight_power,
        ngram_max=config.ngram_max,
        min_df=config.min_df,
        max_features=config.max_features,
        c=config.c,
        seed=training.seed,
    )
    probabilities = baseline.predict_proba(pipeline, validation["model_text"].tolist(), len(SENTIMENTS))
    seen = classification_metrics(validation["label"].to_numpy(), probabilities)
    runs.log_metrics(run_id, {"validation.accuracy": seen["accuracy"], "validation.macro_f1": seen["macro_f1"]})
    num_terms = len(pipeline["tfidf"].vocabulary_)
    log.info("baseline: %d rows, %d terms, validation macro-F1 %.4f", len(train), num_terms, seen["macro_f1"])

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / baseline.FILE).write_bytes(baseline.to_skops(pipeline))
        about = {"kind": "baseline", "labels": list(SENTIMENTS), "num_terms": num_terms}
        (folder / ABOUT).write_text(json.dumps(about, indent=2, sort_keys=True), encoding="utf-8")
        model = model_store.publish("baseline", folder, training.job_key, run_id)
    runs.finish(run_id)
    return model
