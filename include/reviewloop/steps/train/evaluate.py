"""A model's metrics on the sealed test part. This step alone opens that part; others see what it keeps of the answers."""

import json
import logging
import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from reviewloop.adapters import behaviour_suite
from reviewloop.adapters.lake import artifacts, places, s3, sealed
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.adapters.lake.model_store import fetch_forms
from reviewloop.adapters.lake.once import once
from reviewloop.adapters.mlflow import runs
from reviewloop.config import load_config
from reviewloop.core.behaviour import important
from reviewloop.core.bias.after.verdicts import AfterBias, measure_after
from reviewloop.core.dataset.leakage import find_leakage
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.digests import json_digest
from reviewloop.core.evaluation.evaluation import evaluation, from_json, to_json, with_predictions
from reviewloop.core.evaluation.forms import compare
from reviewloop.core.evaluation.future import future_metrics
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError
from reviewloop.pages.bias.after import bias_after_page
from reviewloop.pages.evaluation.behaviour import behaviour_page
from reviewloop.pages.links import Links, pages_of, siblings
from reviewloop.refs import EvaluationRef, ModelRef, TrainingRef

log = logging.getLogger(__name__)


_DECIDING = ("evaluation", "bias", "bias_after", "behaviour", "contract", "features")
"""Sections of the configuration that decide an evaluation and are not in the job's key."""


def evaluate(model: ModelRef, training: TrainingRef) -> EvaluationRef:
    """Predict the sealed part, compute all metrics, keep them, seal the predictions, and log the metrics to the model's run.

    Texts that the sealed part shares with train or validation, nearly or word for word, are counted here, from the texts
    themselves, for the gates. The bias of the answers and the model's behaviour get a page each. All is measured on the form that
    will be served; where the model may answer in another one too, that is evaluated beside it, and how far the two differ.

    What was evaluated before is not evaluated again: the same model of the same job, judged by the same sections of the
    configuration and the same behaviour suite. Every byte of it is compared with its digest first.
    """
    config = load_config()
    sections, suite = config.digest(*_DECIDING), behaviour_suite.suite_digest(config.behaviour.suite)
    rows = training.features.uri, training.features.sealed_uri, training.features.future_uri
    key = json_digest([training.job_key, model.digest, model.page_uri, *rows, sections, suite])
    return once(
        places.making(f"evaluation-{model.kind}", key),
        partial(_known, key, model, training),
        partial(_measured, key, model, training),
    )


def _known(key: str, model: ModelRef, training: TrainingRef) -> EvaluationRef | None:
    """What was evaluated under this key, logged to the model's run; None where there is none, or it is not what it was."""
    if not s3.exists(places.evaluated(key)):
        return None
    named = EvaluationRef.model_validate(s3.read_json(places.evaluated(key)))
    try:
        kept = artifacts.open_artifact(named.report_uri.rpartition("/")[0])
        told = json.loads(kept.read("metrics.json"))
        if (told["job_key"], told["model_digest"]) != (model.job_key, model.digest):
            raise PermanentError(f"{kept.uri}: it is of another model")
        artifacts.require_whole(kept)
        sealed.require_whole(told["predictions_uri"])
        for name in ("bias_after", "behaviour"):
            s3.read_head(told[f"{name}_page_uri"], 1)
    except PermanentError as error:
        log.warning("%s: its evaluation is not used again, for it is not what it was: %s", model.kind, error)
        return None
    metrics = from_json(told["metrics"])
    _log_metrics(model, metrics, kept.read("metrics.json"))
    if named.made_by != training.dag_run_id:
        log.info("%s: evaluation reused from run %s: %s", model.kind, named.made_by or "(which one is not known)", kept.uri)
    return _ref(kept.uri, told, metrics, named.num_rows, named.made_by)  # nothing that a digest does not vouch for is handed on


def _measured(key: str, model: ModelRef, training: TrainingRef) -> EvaluationRef:
    config, features = load_config(), training.features
    rows = sealed.open_sealed(features, "evaluation")
    artifact = artifacts.open_artifact(features.uri)
    known = {part: from_parquet(artifact.read(f"{part}.parquet")) for part in ("train", "validation")}

    predictor, *others = fetch_forms(model.uri, model.digest)
    draws = config.training.num_resamples, training.seed
    texts = model_texts(rows)
    read = predictor.read(texts)
    predicted = with_predictions(rows, read.probabilities)
    answers = {predictor.form: sealed.Answers(predicted, read.embeddings)}
    report = evaluation(predicted, config.contract, *draws, config.evaluation)
    forms = {predictor.form: report["metrics"]}
    compared: dict[str, float] = {}
    for other in others:
        read = other.read(texts)
        answers[other.form] = sealed.Answers(with_predictions(rows, read.probabilities), read.embeddings)
        second = evaluation(answers[other.form].predicted, config.contract, *draws, config.evaluation)
        forms[other.form] = second["metrics"]
        compared = compare(predicted, read.probabilities, *draws)
    leakage = find_leakage(rows, known, config.features.near_duplicate_jaccard)
    bias = measure_after(predicted, config.bias, config.bias_after, config.contract)
    behaviour = behaviour_suite.examine(predictor.predict_proba, rows, config.behaviour)
    metrics = report["metrics"] | compared | leakage.metrics() | bias.metrics() | behaviour.metrics
    if (future := sealed.open_future(features, "evaluation")) is not None:
        metrics |= future_metrics(with_predictions(future, predictor.read(model_texts(future)).probabilities), *draws)

    predictions = sealed.seal_answers(answers)
    facts = {
        "kind": model.kind,
        "form": predictor.form,
        "job_key": model.job_key,
        "model_uri": model.uri,
        "sealed_uri": features.sealed_uri,
    }
    facts["predictions_uri"] = predictions.uri
    facts["model_digest"] = artifacts.open_artifact(
        model.uri
    ).digest  # of what was loaded: the gates compare it with what is registered
    found = {"leakage": leakage.as_json(), "bias_after": _summary(bias), "metrics": to_json(metrics)}
    found["forms"] = {form: to_json(of_form) for form, of_form in forms.items()}
    sections = report | behaviour.sections | found
    facts |= {f"{name}_page_uri": uri for name, uri in _addresses(model).items()}
    pages = {
        "bias_after": partial(
            bias_after_page,
            f"{model.kind}, job {model.job_key[:16]}",
            bias,
            config.bias,
            config.bias_after,
            config.contract.labels(),
        ),
        "behaviour": partial(behaviour_page, model.kind, sections),
    }
    for name, page in pages.items():
        shown = page(_links(name, model, facts)).encode()
        s3.write_bytes(facts[f"{name}_page_uri"], shown, "text/html; charset=utf-8")
    files = {
        "metrics.json": _json(sections | facts),
        "bias_after.json": _json(bias.as_json()),
        # Without links, which lead nowhere from there and name the DAG run: the same metrics are the same bytes.
        **{f"{name}.html": page(None).encode() for name, page in pages.items()},
    }
    stored = artifacts.publish(places.evaluations(training.job_key, model.kind), files, facts)
    artifacts.mend(stored.uri, files)
    _log_metrics(model, metrics, files["metrics.json"])
    made = _ref(stored.uri, facts, metrics, len(rows), training.dag_run_id)
    log.info(
        "%s on %d sealed rows: accuracy %.4f, macro-F1 %.4f (95 %% interval %.4f to %.4f), recall %s; bias page at %s",
        model.kind, len(rows), metrics["accuracy"], metrics["macro_f1"], metrics["macro_f1_low"], metrics["macro_f1_high"],
        ", ".join(f"{name} {value:.3f}" for name, value in made.recall.items()), facts["bias_after_page_uri"],
    )  # fmt: skip
    log.info("%s: important examples: %s", model.kind, important.in_words(sections["important"]))
    s3.write_json(places.evaluated(key), made.model_dump())  # last: what it names is whole
    return made


def _ref(uri: str, facts: Mapping[str, Any], metrics: Mapping[str, Any], num_rows: int, made_by: str) -> EvaluationRef:
    recall = {name: metrics[f"recall.{name}"] for name in SENTIMENTS}
    return EvaluationRef(
        kind=facts["kind"], report_uri=f"{uri}/metrics.json", predictions_uri=facts["predictions_uri"], num_rows=num_rows,
        accuracy=metrics["accuracy"], macro_f1=metrics["macro_f1"], recall=recall, page_uri=facts["bias_after_page_uri"],
        made_by=made_by,
    )  # fmt: skip


def _log_metrics(model: ModelRef, metrics: Mapping[str, Any], told: bytes) -> None:
    runs.log_metrics(model.mlflow_run_id, {f"test.{name}": value for name, value in metrics.items() if not math.isnan(value)})
    runs.log_bytes(model.mlflow_run_id, "evaluation/metrics.json", told)


def _addresses(model: ModelRef) -> dict[str, str]:
    """Where people find the pages about the model; copies of the first two stay beside the metrics."""
    folder = f"{model.job_key[:16]}-{model.kind}"
    found = {name: places.reports(name, folder, "index.html") for name in ("bias_after", "behaviour")}
    return found | ({"training": model.page_uri} if model.page_uri else {})


def _links(name: str, model: ModelRef, facts: Mapping[str, str]) -> Links:
    others = {other: uri for other, uri in pages_of(facts).items() if other != name}
    return Links(depth=2, job=model.job_key, siblings=siblings(others), mlflow=runs.run_url(model.mlflow_run_id))


def _summary(bias: AfterBias) -> dict[str, object]:
    """What a gate's report needs of it; ``bias_after.json`` has every number."""
    names = {level: [report.name for report in bias.marked(level)] for level in ("reject", "warn")}
    return {"rejected": names["reject"], "warned": names["warn"], "unjudged": list(bias.unjudged)}


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True, allow_nan=False).encode()
