"""One scored day against what the champion was judged on."""

import json
import logging
import math
from collections.abc import Mapping
from functools import partial
from typing import Any

from reviewloop.adapters import evidently_report
from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.release.champion import released
from reviewloop.config import Config, load_config
from reviewloop.core.digests import json_digest
from reviewloop.core.monitoring.drift.decision import DriftVerdict, decide
from reviewloop.core.monitoring.drift.words import unlike
from reviewloop.core.monitoring.live import live_macro_f1
from reviewloop.core.monitoring.metrics.profile import profile
from reviewloop.core.monitoring.sample import Sample
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.pages.links import Links, path_below_reports
from reviewloop.pages.monitoring import drift
from reviewloop.refs import DriftRef, PredictionsRef
from reviewloop.steps.monitor.beside import beside
from reviewloop.steps.monitor.compared import (
    Compared,
    compared,
    complaints_of,
    counts_scored,
    earlier_days,
    earlier_scored,
    reference_of,
)

log = logging.getLogger(__name__)


def monitor(predictions: PredictionsRef) -> DriftRef:
    """Store the day's drift page, Evidently's snapshot and the verdict; a rerun on the same inputs finds them there.

    The reference is the sealed test part as the scoring version saw it. Raises ``PermanentError`` when that version was never
    released or is not what was, or its tags or what they name are missing: no evidence is not "no drift".
    """
    config = load_config()
    evidence = reference_of(released(predictions.model_version))
    earlier = earlier_days(predictions.day, evidence["features_uri"], config.monitor.pooled_days - 1)
    scored = earlier_scored(predictions, max(*config.live_quality.windows, config.live_quality.slice_days) - 1)
    inputs = {
        "predictions": predictions.digest, **evidence, "facets": config.contract.facet_bands(), "earlier": earlier,
        "earlier_scored": scored,
    }  # fmt: skip
    key = json_digest([inputs, config.digest("monitor", "kinds", "live_quality")])[:16]
    # Evidently draws random ids into its page, so the folder is named by the inputs and not by the bytes.
    place = places.reports("drift", f"day={predictions.day}", key)
    meta = {**inputs, "day": predictions.day}
    report = artifacts.publish_once(place, lambda: _judge(predictions, inputs, config, path_below_reports(place)), meta)
    verdict = json.loads(report.read("verdict.json"))
    log.info("%s: %s", "DRIFT" if verdict["fired"] else "no drift", "; ".join(verdict["reasons"]))
    marked = (*verdict["quality"]["falls"], *verdict["quality"]["slices"])
    moved = {one["family"] for one in verdict["signals"] if one["verdict"] == "moved"}
    by_themselves = {one["family"] for one in verdict["signals"] if one["verdict"] == "moved" and not one.get("pooled")}
    return DriftRef(
        day=predictions.day, batch=predictions.batch, model_version=predictions.model_version, fired=verdict["fired"],
        reasons=verdict["reasons"], families=tuple(sorted(moved)), pooled=tuple(sorted(moved - by_themselves)),
        judged=any(one["verdict"] in ("moved", "as before") for one in verdict["signals"]),
        kind=verdict["kind"]["name"] if verdict["fired"] else "",
        warnings=tuple(one["words"] for one in marked if one["standing"] == "worse"),
        report_uri=f"{report.uri}/verdict.json", page_uri=f"{report.uri}/report.html",
    )  # fmt: skip


def _judge(predictions: PredictionsRef, inputs: Mapping[str, Any], config: Config, place: str) -> dict[str, bytes]:
    """The report's files; ``place`` is where they will lie, below ``reports/``."""
    evidence = {name: str(inputs[name]) for name in ("reference_uri", "features_uri")}
    found = compared(predictions, evidence, config)
    earlier = {name: inputs[name] for name in ("earlier", "earlier_scored")}
    before = [complaints_of(one["uri"]) for one in earlier["earlier"]]
    verdict = decide(found.reference, found.day, found.null, before, config.monitor)
    version = predictions.model_version
    counts = [counts_scored(one["day"], one["uri"], version, config.contract) for one in earlier["earlier_scored"]]
    facts = {
        **evidence, "predictions_uri": predictions.uri, "model_version": predictions.model_version, "day": predictions.day,
        **earlier, "null_uri": found.null_uri, "live_macro_f1": _live_macro_f1(found.day),
        "profile": profile(found.day),
    }  # fmt: skip
    report = verdict.as_json() | facts | beside(found, verdict, predictions.day, predictions.model_version, counts, config)
    title = f"Drift of {predictions.day}"
    ours = Links(depth=3, day=predictions.day, siblings={"Evidently's charts": f"{place}/evidently.html"})
    rows = unlike(found.reference.rows, found.day, config.monitor.unlike_shown)
    return {
        "verdict.json": json.dumps(report, indent=2, sort_keys=True, allow_nan=False).encode(),
        "report.html": drift.drift_page(title, report, rows, ours).encode(),
        **_charts(found, verdict, title, Links(3, predictions.day, siblings={"The verdict in words": f"{place}/report.html"})),
    }


def _charts(found: Compared, verdict: DriftVerdict, title: str, links: Links) -> dict[str, bytes]:
    """Evidently's page and snapshot, where it can draw them. It decides nothing, so that what breaks it must stop nothing."""
    banner = partial(drift.with_banner, title=title, fired=verdict.fired, reasons=verdict.reasons, links=links)
    then, now = (
        rows.columns.assign(prediction=rows.reviews["prediction"].astype(object)) for rows in (found.reference.rows, found.day)
    )
    try:
        charts = evidently_report.compare(then, now)
    except Exception as error:
        log.exception("Evidently could not draw the day")
        return {"evidently.html": drift.without_charts(title, verdict.fired, verdict.reasons, error, links).encode()}
    return {"evidently.html": banner(charts.page), "evidently.json": charts.snapshot}


def _live_macro_f1(day: Sample) -> float | None:
    """On the day's rated reviews; None without one."""
    answers = day.reviews["prediction"].map(SENTIMENTS.index)[day.is_rated]
    found = live_macro_f1(day.labels[day.is_rated].astype(int), answers)
    return None if math.isnan(found) else found
