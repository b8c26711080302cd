"""Why the candidate is wrong, and where: a page for people. No gate reads it, and nothing waits for it."""

import json
import logging
import math

import numpy as np
import pandas as pd

from reviewloop.adapters.lake import artifacts, places, s3, sealed
from reviewloop.adapters.lake.model_store import fetch_model, fetch_predictor
from reviewloop.adapters.mlflow import runs
from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.digests import json_digest
from reviewloop.core.evaluation.error_report import error_report, places_to_explain, search_slices
from reviewloop.core.evaluation.evaluation import PROBABILITIES, from_json
from reviewloop.errors import PermanentError
from reviewloop.models.explainer import load_explainer
from reviewloop.pages.errors.page import error_page
from reviewloop.pages.links import Links, pages_of, siblings
from reviewloop.refs import ChoiceRef, ErrorsRef, TrainingRef

log = logging.getLogger(__name__)


def analyse_errors(choice: ChoiceRef, training: TrainingRef) -> ErrorsRef:
    """Explain the candidate's answers on the sealed part and publish its error analysis: a page, and its numbers as JSON.

    Both are logged to the candidate's MLflow run, refused or not. A rerun finds the page there.
    """
    config = load_config()
    sections = config.digest("explain", "contract", "evaluation", "profiling")
    seen_by = [choice.model.digest, choice.evaluation.predictions_uri, sections]
    place = places.reports("errors", f"{training.job_key[:16]}-{json_digest(seen_by)[:8]}")
    stored = artifacts.publish_once(place, lambda: _analysis(choice, training), {"model_uri": choice.model.uri})

    files = {name: stored.read(name) for name in ("index.html", "errors.json")}
    numbers = json.loads(files["errors.json"])
    metrics = {name: value for name, value in from_json(numbers["metrics"]).items() if not math.isnan(value)}
    runs.log_metrics(choice.model.mlflow_run_id, metrics)
    for name, data in files.items():
        runs.log_bytes(choice.model.mlflow_run_id, f"errors/{name}", data)
    log.info("error analysis of the %s: %s/index.html", choice.model.kind, stored.uri)
    return ErrorsRef(
        kind=choice.model.kind, uri=stored.uri, digest=stored.digest, page_uri=f"{stored.uri}/index.html",
        num_rows=numbers["num_rows"], num_mistakes=numbers["num_mistakes"],
    )  # fmt: skip


def _analysis(choice: ChoiceRef, training: TrainingRef) -> dict[str, bytes]:
    """The report's files."""
    config = load_config()
    predicted = _predicted(choice)
    slices = search_slices(predicted, config.contract, config.explain, training.seed)
    places = places_to_explain(predicted, config.explain, slices)
    texts = model_texts(predicted)
    explainer = load_explainer(fetch_model(choice.model.uri, choice.model.digest), config.explain.num_steps)
    explanations = dict(zip(places, explainer.explain([texts[place] for place in places]), strict=True))
    report = error_report(
        predicted, explanations, fetch_predictor(choice.model.uri, choice.model.digest).predict_proba, slices, config,
        kind=choice.model.kind, job_key=training.job_key, method=explainer.method, seed=training.seed,
    )  # fmt: skip
    log.info(
        "%d mistakes in %d rows, %d of %d proposed slices are worse; deletion gain %.3f (%.3f to %.3f), completeness error %.4f",
        report.num_mistakes, report.num_rows, len(slices.found), slices.num_proposed,
        report.deletion.gain, report.deletion.low, report.deletion.high, report.completeness_error,
    )  # fmt: skip
    links = Links(
        depth=2, job=training.job_key, siblings=siblings(pages_of(s3.read_json(choice.evaluation.report_uri))),
        mlflow=runs.run_url(choice.model.mlflow_run_id),
    )  # fmt: skip
    return {
        "index.html": error_page(report, links).encode(),
        "errors.json": json.dumps(report.as_json(), indent=1, sort_keys=True, allow_nan=False).encode(),
    }


def _predicted(choice: ChoiceRef) -> pd.DataFrame:
    uri = choice.evaluation.predictions_uri
    predicted = sealed.open_predictions(uri, "error analysis")
    num_unknown = int((~np.isfinite(predicted[list(PROBABILITIES)].to_numpy(dtype=float)).all(axis=1)).sum())
    if num_unknown:
        raise PermanentError(
            f"{uri}: {num_unknown} of {len(predicted)} answers are not numbers: there is nothing to explain; see the gates' report"
        )
    return predicted
