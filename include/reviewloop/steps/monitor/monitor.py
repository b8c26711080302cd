"""One scored day against what the champion was judged on."""

import json
import logging
from collections.abc import Mapping

import numpy as np
import pandas as pd

from reviewloop.adapters import evidently_report
from reviewloop.adapters.lake import artifacts, places, sealed
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.adapters.mlflow.tags import Tag, ours
from reviewloop.adapters.release.champion import released
from reviewloop.config import Config, load_config
from reviewloop.core.digests import json_digest
from reviewloop.core.monitoring.descriptors import describe
from reviewloop.core.monitoring.drift import decide, live_macro_f1
from reviewloop.core.monitoring.predictions import scored_reviews
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.errors import PermanentError
from reviewloop.pages import drift
from reviewloop.pages.links import Links, path_below_reports
from reviewloop.refs import DriftRef, PredictionsRef

log = logging.getLogger(__name__)


def monitor(predictions: PredictionsRef) -> DriftRef:
    """Store the day's drift page, Evidently's snapshot and the verdict; a rerun on the same inputs finds them there.

    The reference is the sealed test part as the scoring version saw it. Raises ``PermanentError`` when that version was never
    released or is not what was, or its tags or what they name are missing: no evidence is not "no drift".
    """
    config = load_config()
    evidence = _reference(predictions.model_version)
    inputs = {"predictions": predictions.digest, **evidence, "facets": config.contract.facet_bands()}
    key = json_digest([inputs, config.digest("monitor")])[:16]
    # Evidently draws random ids into its page, so the folder is named by the inputs and not by the bytes.
    place = places.reports("drift", f"day={predictions.day}", key)
    meta = {**inputs, "day": predictions.day}
    report = artifacts.publish_once(place, lambda: _judge(predictions, evidence, config, path_below_reports(place)), meta)
    verdict = json.loads(report.read("verdict.json"))
    log.info("%s: %s", "DRIFT" if verdict["fired"] else "no drift", "; ".join(verdict["reasons"]))
    return DriftRef(
        day=predictions.day, batch=predictions.batch, model_version=predictions.model_version, fired=verdict["fired"],
        reasons=verdict["reasons"], report_uri=f"{report.uri}/verdict.json", page_uri=f"{report.uri}/report.html",
    )  # fmt: skip


def _reference(version: str) -> dict[str, str]:
    tags = released(version).tags
    names = (Tag.REFERENCE_URI, Tag.FEATURES_URI)
    absent = [name for name in names if not tags.get(name)]
    if absent:
        raise PermanentError(f"model version {version}: no tag {', '.join(absent)}, so there is nothing to compare the day with")
    return ours({name: tags[name] for name in names})


def _judge(predictions: PredictionsRef, evidence: Mapping[str, str], config: Config, place: str) -> dict[str, bytes]:
    """The report's files; ``place`` is where they will lie, below ``reports/``."""
    vocabulary = frozenset(json.loads(artifacts.open_artifact(evidence["features_uri"]).read("vocabulary.json")))
    reference = sealed.open_predictions(evidence["reference_uri"], "drift")
    reference["prediction"] = np.array(SENTIMENTS)[reference["prediction"].to_numpy(dtype="int64")]
    day = _scored_day(predictions)
    then, now = (describe(frame, vocabulary, config.contract) for frame in (reference, day))
    report = evidently_report.compare(then, now, config.monitor.columns)
    macro_f1 = live_macro_f1(day["rating"].map(sentiment_of), day["prediction"].map(SENTIMENTS.index))
    verdict = decide(report.columns, len(day), macro_f1, config.monitor)
    facts = {**evidence, "predictions_uri": predictions.uri, "model_version": predictions.model_version}
    found = {**verdict.as_json(), **facts, "num_reference_rows": len(reference)}
    title = f"Drift and live quality of {predictions.day}"
    ours = Links(depth=3, day=predictions.day, siblings={"Evidently's charts": f"{place}/evidently.html"})
    charts = Links(depth=3, day=predictions.day, siblings={"The verdict in words": f"{place}/report.html"})
    return {
        "verdict.json": json.dumps(found, indent=2, sort_keys=True).encode(),
        "report.html": drift.drift_page(title, found, ours).encode(),
        "evidently.html": drift.with_banner(report.page, title, verdict.fired, verdict.reasons, charts),
        "evidently.json": report.snapshot,
    }


def _scored_day(predictions: PredictionsRef) -> pd.DataFrame:
    """The very curated rows that were scored, each with its prediction."""
    artifact = artifacts.open_artifact(predictions.uri)
    reviews = from_parquet(artifacts.open_artifact(artifact.meta["curated_uri"]).read("reviews.parquet"))
    return scored_reviews(reviews, from_parquet(artifact.read("predictions.parquet")))
