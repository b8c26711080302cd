"""The metric gate: the candidate against every gate of the configuration, with the evidence that they ask for."""

import json
import logging
from collections.abc import Mapping
from typing import Any

import pandas as pd

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.judging import gates_digest
from reviewloop.adapters.lake import artifacts, places, s3, sealed
from reviewloop.adapters.lake.model_store import fetch_predictor, read_stored
from reviewloop.adapters.mlflow import runs
from reviewloop.adapters.mlflow.tags import Tag, ours
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.champion import Champion, current_champion
from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.digests import bytes_digest
from reviewloop.core.evaluation.evaluation import evaluation, from_json, to_json, with_predictions
from reviewloop.core.gates import comparison, gates, served
from reviewloop.core.gates import evidence as gate_evidence
from reviewloop.core.gates.gates import Evidence, GateResult
from reviewloop.core.release import overrides
from reviewloop.core.release.events import Draft, program
from reviewloop.errors import ModelRejected, PermanentError
from reviewloop.models.kinds.table import AS_TRAINED
from reviewloop.pages.evaluation.gates import render
from reviewloop.pages.links import Links, pages_of, siblings
from reviewloop.refs import ChoiceRef, EvaluationRef, GateRef, ModelRef, TrainingRef

log = logging.getLogger(__name__)


def gate_model(choice: ChoiceRef, training: TrainingRef) -> GateRef:
    """Judge the candidate, keep the report and its page, tag the parent run ``passed`` or ``refused``, and only then raise.

    The form that will be served is read and timed here, so a second try writes a report of its own. The ledger keeps every
    verdict, with the champion and the gates that it is of. Raises ``ModelRejected`` naming every gate that refuses; a gate
    without its evidence is one of them, one that enough people have overridden is not. Raises ``PermanentError`` where nobody can
    say for certain who the champion is.
    """
    report_of = {one.model.kind: s3.read_json(one.evaluation.report_uri) for one in choice.candidates}
    marked, rows = report_of[choice.model.kind], _predictions(choice.evaluation)
    champion = current_champion()
    versus = _against_champion(champion, rows, training)
    evidence = gates.together(
        Evidence(from_json(marked["metrics"]), details=gate_evidence.details(marked)),
        Evidence(versus.metrics, versus.not_applicable, _champion_details(versus)),
        _against_baseline(choice, rows, training),
        _as_served(choice.model, marked, rows),
        gate_evidence.only_form(AS_TRAINED) if marked.get("form", AS_TRAINED) == AS_TRAINED else Evidence({}),
        gate_evidence.data_age(training.features.last_day, [found.day for found in glue.partitions("reviews")]),
        gate_evidence.lineage(ours(runs.run_tags(training.mlflow_run_id))),
    )
    results = _with_overrides(gates.judge_all(load_config().gates, evidence), choice.model, champion)
    for result in results:
        log.info("gate %s: %s, %s", result.name, result.verdict.upper(), result.finding)

    verdict, failed = gates.overall(results), gates.failed(results)
    reason = "; ".join(result.finding for result in failed) or gates.in_count(results)
    report = {
        "job_key": training.job_key, "trigger": training.trigger, "dag_run": training.dag_run_id, "verdict": verdict,
        "reason": reason, "candidate": choice.model.kind, "model_uri": choice.model.uri, "choice": choice.reason,
        "comparison": versus.note, "gates": [result.as_json() for result in results], "evidence": to_json(evidence.metrics),
        "pages": pages_of(marked), "labels": load_config().contract.labels(),
        "models": report_of | ({"champion": versus.champion} if versus.champion else {}),
    }  # fmt: skip
    uri = _publish(training, report)
    tags: dict[str, str] = {Tag.VERDICT: "refused" if failed else "passed", Tag.GATE_REPORT_URI: f"{uri}/report.json"}
    tags[Tag.REFUSED_BY] = names = ", ".join(result.name for result in failed)
    runs.set_tags(training.mlflow_run_id, tags)
    _tell(choice.model, training, f"{uri}/report.json", champion, names)
    if failed:
        runs.finish(training.mlflow_run_id)
        raise ModelRejected(names, reason, f"{uri}/report.html")
    return GateRef(
        gate="model", verdict=verdict, reason=reason, report_uri=f"{uri}/report.json", page_uri=f"{uri}/report.html"
    )  # fmt: skip


def _predictions(evaluation: EvaluationRef) -> pd.DataFrame:
    return sealed.open_predictions(evaluation.predictions_uri, "gates")


def _with_overrides(results: tuple[GateResult, ...], model: ModelRef, champion: Champion | None) -> tuple[GateResult, ...]:
    against = champion.version if champion else ""
    said = overrides.said(ledger.read(), model.digest, gates_digest(load_config()), against)
    return overrides.applied(results, said, load_config().release)


def _tell(model: ModelRef, training: TrainingRef, report_uri: str, champion: Champion | None, refused_by: str) -> None:
    """The verdict, and what the model was made of: of a refused one nothing else in the lake tells that."""
    facts = {
        "job_key": model.job_key, "verdict": "refused" if refused_by else "passed", "refused_by": refused_by,
        "against": champion.version if champion else "", "gates_digest": gates_digest(load_config()),
        "report_uri": report_uri, "report_digest": bytes_digest(s3.read_bytes(report_uri)),
        "lineage": _lineage(model, training),
    }  # fmt: skip
    ledger.append(lambda _: Draft("judged", program("gate_model"), None, model.digest, facts))


def _lineage(model: ModelRef, training: TrainingRef) -> dict[str, str]:
    run = ours(runs.run_tags(training.mlflow_run_id))
    begun = {name: run[name] for name in gate_evidence.LINEAGE if name in run}
    knobs = {"epochs": str(training.epochs), "learning_rate": repr(training.learning_rate), "seed": str(training.seed)}
    found = {
        "kind": model.kind, "model_uri": model.uri, "sealed_uri": training.features.sealed_uri,
        "max_seq_length": str(training.features.max_seq_length), "mlflow_run": model.mlflow_run_id,
        "training_digest": load_config().digest("training"),
    }  # fmt: skip
    return begun | knobs | found


def _against_champion(champion: Champion | None, rows: pd.DataFrame, training: TrainingRef) -> comparison.Comparison:
    config = load_config()
    if champion is None:
        return comparison.no_champion()
    try:
        probabilities = fetch_predictor(champion.source, champion.digest).predict_proba(model_texts(rows))
    except PermanentError as error:
        # Not passed on: the gate that needs the comparison then fails by its name, with this in its report.
        log.error("the champion, version %s, could not be scored: %s", champion.version, error)
        return comparison.not_scored(champion.version, error)
    scored, draws = with_predictions(rows, probabilities), (config.training.num_resamples, training.seed)
    report = evaluation(scored, config.contract, *draws, config.evaluation)
    return comparison.with_champion(champion.version, report, rows, scored, *draws)


def _champion_details(versus: comparison.Comparison) -> dict[str, str]:
    """The comparison in words, also where it could not be made: its gates then say why."""
    return dict.fromkeys((*versus.metrics, gates.DELTA, f"{gates.DELTA}_low"), versus.note)


def _against_baseline(choice: ChoiceRef, rows: pd.DataFrame, training: TrainingRef) -> Evidence:
    if choice.model.kind == choice.to_beat.model.kind:
        return gate_evidence.baseline_itself()
    draws = load_config().training.num_resamples, training.seed
    return gate_evidence.against_baseline(rows, _predictions(choice.to_beat.evaluation), *draws)


def _as_served(model: ModelRef, evaluated: Mapping[str, Any], rows: pd.DataFrame) -> Evidence:
    """The artifact that the endpoint will load, by the endpoint's own way of loading it."""
    try:
        stored = read_stored(model.uri)
        answers = served.measure_answers(fetch_predictor(model.uri, model.digest, evaluated.get("form")).predict_proba, rows)
    except PermanentError as error:
        log.error("%s cannot be served: %s", model.uri, error)
        return Evidence({"served.same_artifact": 0.0}, details={"served.same_artifact": str(error)})
    same = served.is_evaluated(evaluated, model.uri, model.digest, stored.digest)
    metrics = {"served.same_artifact": float(same), "served.size_mb": stored.size_mb, **answers}
    was = f"{evaluated.get('model_uri')}, digest {str(evaluated.get('model_digest'))[:16]}"
    now = f"{model.uri}, digest {stored.digest[:16]}"
    return Evidence(metrics, details={"served.same_artifact": f"evaluated: {was}; there now: {now}"})


def _publish(training: TrainingRef, report: dict[str, Any]) -> str:
    mlflow = runs.run_url(training.mlflow_run_id)
    links = Links(depth=3, job=training.job_key, siblings=siblings(report["pages"]), mlflow=mlflow)
    files = {
        "report.json": json.dumps(report, indent=2, sort_keys=True, allow_nan=False).encode(),
        "report.html": render(report, links).encode(),
    }
    return artifacts.publish(places.reports("model", training.job_key[:16]), files, {"verdict": report["verdict"]}).uri
