"""The metric gate: the candidate against every floor, and against the champion on the same rows."""

import json
import logging
from collections.abc import Sequence
from typing import Any

from reviewloop.adapters import s3, tracking
from reviewloop.adapters.frames import from_parquet
from reviewloop.adapters.predictor import fetch_predictor
from reviewloop.config import load_config
from reviewloop.core import comparison, gates
from reviewloop.core.evaluation import evaluation, from_json, to_json, with_predictions
from reviewloop.core.gate_page import render
from reviewloop.core.snapshots import model_texts
from reviewloop.errors import ModelRejected, PermanentError
from reviewloop.refs import ChoiceRef, GateRef, TrainingRef

log = logging.getLogger(__name__)


def gate_model(choice: ChoiceRef, training: TrainingRef) -> GateRef:
    """Judge the candidate, keep the report and its page, tag the parent run ``passed`` or ``refused``, and only then raise.

    Raises ``ModelRejected`` naming every gate that failed; a gate without its evidence is one of them.
    """
    report_of = {marks.kind: s3.read_json(marks.report_uri) for marks in (choice.baseline, choice.transformer)}
    versus = _against_champion(choice, training)
    metrics = from_json(report_of[choice.model.kind]["metrics"]) | versus.metrics
    results = gates.judge_all(load_config().gates, gates.Evidence(metrics, versus.not_applicable))
    for result in results:
        log.info("gate %s: %s, %s", result.name, result.verdict.upper(), result.finding)

    verdict, failed = gates.overall(results), gates.failed(results)
    reason = "; ".join(result.finding for result in failed) or _passed(results)
    report = {
        "job_key": training.job_key, "trigger": training.trigger, "dag_run": training.dag_run_id, "verdict": verdict,
        "reason": reason, "candidate": choice.model.kind, "model_uri": choice.model.uri, "choice": choice.reason,
        "comparison": versus.note, "gates": [result.as_json() for result in results], "evidence": to_json(metrics),
        "models": report_of | ({"champion": versus.champion} if versus.champion else {}),
    }  # fmt: skip
    uri = _publish(training, report)
    tags = {"reviewloop.verdict": "refused" if failed else "passed", "reviewloop.gate_report_uri": f"{uri}/report.json"}
    tags["reviewloop.refused_by"] = names = ", ".join(result.name for result in failed)
    tracking.set_tags(training.mlflow_run_id, tags)
    if failed:
        tracking.finish(training.mlflow_run_id)
        raise ModelRejected(names, reason, f"{uri}/report.html")
    return GateRef(
        gate="model", verdict=verdict, reason=reason, report_uri=f"{uri}/report.json", page_uri=f"{uri}/report.html"
    )  # fmt: skip


def _against_champion(choice: ChoiceRef, training: TrainingRef) -> comparison.Comparison:
    config, champion = load_config(), tracking.champion()
    if champion is None:
        return comparison.no_champion()
    rows = from_parquet(s3.open_artifact(choice.evaluation.predictions_uri).read("predictions.parquet"))
    try:
        probabilities = fetch_predictor(champion.source).predict_proba(model_texts(rows))
    except PermanentError as error:
        # Not passed on: the gate that needs the comparison then fails by its name, with this in its report.
        log.error("the champion, version %s, could not be scored: %s", champion.version, error)
        return comparison.not_scored(champion.version, error)
    scored, draws = with_predictions(rows, probabilities), (config.training.num_resamples, training.seed)
    report = evaluation(scored, config.bias.age_bands, *draws)
    return comparison.with_champion(champion.version, report, rows, scored, *draws)


def _passed(results: Sequence[gates.GateResult]) -> str:
    count = {verdict: sum(result.verdict == verdict for result in results) for verdict in gates.VERDICTS}
    return ", ".join(f"{number} {verdict}" for verdict, number in count.items() if number)


def _publish(training: TrainingRef, report: dict[str, Any]) -> str:
    files = {
        "report.json": json.dumps(report, indent=2, sort_keys=True, allow_nan=False).encode(),
        "report.html": render(report).encode(),
    }
    return s3.publish(s3.lake_uri("reports", "model", training.job_key[:16]), files, {"verdict": report["verdict"]}).uri
