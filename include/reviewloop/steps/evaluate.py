"""A model's marks on the sealed test part. This step alone reads that part."""

import json
import logging
import math

from reviewloop.adapters import s3, tracking
from reviewloop.adapters.frames import from_parquet, to_parquet
from reviewloop.adapters.predictor import fetch_predictor
from reviewloop.config import load_config
from reviewloop.core.evaluation import evaluation, num_shared_texts, to_json, with_predictions
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.snapshots import model_texts
from reviewloop.refs import EvaluationRef, ModelRef, TrainingRef

log = logging.getLogger(__name__)


def evaluate(model: ModelRef, training: TrainingRef) -> EvaluationRef:
    """Predict the sealed part, compute all marks, keep them with the predictions, and log the marks to the model's run.

    Texts that the sealed part shares with train or validation are counted here, from the texts themselves, for the gate.
    """
    config, features = load_config(), training.features
    sealed = from_parquet(s3.open_artifact(features.sealed_uri).read("test.parquet"))
    known = s3.open_artifact(features.uri)
    parts = [from_parquet(known.read(f"{part}.parquet"))["text"] for part in ("train", "validation")]

    probabilities = fetch_predictor(model.uri).predict_proba(model_texts(sealed))
    predicted = with_predictions(sealed, probabilities)
    report = evaluation(predicted, config.bias.age_bands, config.training.num_resamples, training.seed)
    metrics = report["metrics"] | {"leakage.num_shared_texts": float(num_shared_texts(sealed["text"], *parts))}

    facts = {"kind": model.kind, "job_key": model.job_key, "model_uri": model.uri, "sealed_uri": features.sealed_uri}
    metrics_json = json.dumps({**report, **facts, "metrics": to_json(metrics)}, indent=2, sort_keys=True, allow_nan=False).encode()
    files = {"metrics.json": metrics_json, "predictions.parquet": to_parquet(predicted)}
    stored = s3.publish(s3.lake_uri("evaluations", training.job_key[:16], model.kind), files, facts)

    tracking.log_metrics(model.mlflow_run_id, {f"test.{key}": value for key, value in metrics.items() if not math.isnan(value)})
    tracking.log_bytes(model.mlflow_run_id, "evaluation/metrics.json", metrics_json)
    recall = {name: metrics[f"recall.{name}"] for name in SENTIMENTS}
    log.info(
        "%s on %d sealed rows: accuracy %.4f, macro-F1 %.4f (95 %% interval %.4f to %.4f), recall %s",
        model.kind, len(sealed), metrics["accuracy"], metrics["macro_f1"], metrics["macro_f1_low"], metrics["macro_f1_high"],
        ", ".join(f"{name} {value:.3f}" for name, value in recall.items()),
    )  # fmt: skip
    return EvaluationRef(
        kind=model.kind, report_uri=f"{stored.uri}/metrics.json", predictions_uri=stored.uri, num_rows=len(sealed),
        accuracy=metrics["accuracy"], macro_f1=metrics["macro_f1"], recall=recall,
    )  # fmt: skip
