"""A day of requests to the endpoint against what the champion was judged on."""

import json
import logging
from typing import Final, cast

import numpy as np
import pandas as pd

from reviewloop.adapters.captures.answers import traffic_of
from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.lake.embeddings import Embeddings, as_kept
from reviewloop.adapters.lake.model_store import fetch_predictor
from reviewloop.adapters.monitoring import response
from reviewloop.adapters.release.champion import Champion, released
from reviewloop.config import Config, load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.digests import json_digest
from reviewloop.core.evaluation.evaluation import PROBABILITIES
from reviewloop.core.monitoring.drift.decision import decide
from reviewloop.core.monitoring.drift.words import unlike
from reviewloop.errors import NothingToDo, PermanentError
from reviewloop.models.kinds.table import FORMS, Form
from reviewloop.pages.links import Links
from reviewloop.pages.monitoring.drift import drift_page
from reviewloop.refs import DriftRef
from reviewloop.steps.monitor.beside import beside
from reviewloop.steps.monitor.compared import against_reference, reference_of
from reviewloop.steps.monitor.decide_retraining import vote_of

log = logging.getLogger(__name__)
_READER: Final = ["version", "digest", "form"]


def watch_traffic(day: str) -> DriftRef:
    """Judge the day's requests (UTC) as a scored day without ratings, each text once, keep the page, and let the day vote.

    The same reference, null and decision as of the delivered days, with a report and a vote of its own. The answers are those that
    callers were given, by the version and form that gave most; the texts are read once more for what they are computed from. The
    page names requests and quotes none, so that nothing is in it that may have to be erased. Raises ``NothingToDo`` where the
    champion answered nobody, ``PermanentError`` where the answers are of other files than the version was released with.
    """
    config = load_config()
    counts = days.standing(days.captures_table().name, day)
    asked = traffic_of(day, config.captures.watched_texts).dropna(subset=PROBABILITIES)
    asked = asked[asked["form"].isin(FORMS)]
    if asked.empty:
        raise NothingToDo(f"requests of {day}: none that the champion answered")
    number, digest, form = cast("tuple[str, str, Form]", asked.groupby(_READER).size().idxmax())
    rows = asked[(asked[_READER] == [number, digest, form]).all(axis=1)].reset_index(drop=True)
    champion = released(number)
    if champion.digest != digest:
        raise PermanentError(f"requests of {day}: version {number} answered with other files ({digest[:16]}) than were released")
    evidence = reference_of(champion)
    inputs = {
        **evidence, "requests": json_digest(list(rows["first_request"])), "left_out": len(asked) - len(rows), "model": digest,
        "form": form, "facets": config.contract.facet_bands(),
    }  # fmt: skip
    key = json_digest([inputs, config.digest("monitor", "captures", "kinds", "live_quality")])[:16]
    place = places.reports("traffic", f"day={day}", key)
    meta = {**inputs, "day": day}
    report = artifacts.publish_once(place, lambda: _judge(day, rows, champion, form, meta, evidence, config), meta)
    verdict = json.loads(report.read("verdict.json"))
    log.info("requests of %s: %s: %s", day, "DRIFT" if verdict["fired"] else "no drift", "; ".join(verdict["reasons"]))
    words = [(one["family"], one["verdict"]) for one in verdict["signals"]]
    drift = DriftRef(
        day=day, batch=str(counts.batch), model_version=number, fired=verdict["fired"], reasons=verdict["reasons"],
        families=tuple(sorted({family for family, word in words if word == "moved"})), source="endpoint",
        kind=verdict["kind"]["name"] if verdict["fired"] else "",
        judged=any(word in ("moved", "as before") for _, word in words),
        report_uri=f"{report.uri}/verdict.json", page_uri=f"{report.uri}/report.html",
    )  # fmt: skip
    vote = vote_of(drift)
    if vote is not None:
        response.change(lambda state: (state.with_votes([vote]), None))
    return drift


def _judge(
    day: str, rows: pd.DataFrame, champion: Champion, form: Form, meta: dict[str, object], evidence: dict[str, str], config: Config
) -> dict[str, bytes]:
    read = fetch_predictor(champion.source, champion.digest, form).read(model_texts(rows))
    embedded = None if read.embeddings is None else Embeddings(form, as_kept(read.embeddings).astype(np.float32))
    found = against_reference(_as_reviews(rows), embedded, evidence, config)
    verdict = decide(found.reference, found.day, found.null, [], config.monitor)
    report = verdict.as_json() | meta | {"model_version": champion.version, "null_uri": found.null_uri, "live_macro_f1": None}
    report |= beside(found, verdict, day, champion.version, [], config)
    report["findings"] = [*_left_out(len(rows), meta, config), *verdict.findings]
    # Requests are named, and looked up in their table as long as they are kept: what is erased there must stand nowhere else.
    shown = unlike(found.reference.rows, found.day, config.monitor.unlike_shown)
    requests = [f"of request {rows['first_request'].iloc[int(place)]}" for place in shown["review_id"]]
    shown = shown.assign(review_id=requests, text="its words are in the table captures")
    page = drift_page(f"Requests of {day}", report, shown, Links(depth=3, day=day))
    return {
        "verdict.json": json.dumps(report, indent=2, sort_keys=True, allow_nan=False).encode(),
        "report.html": page.encode(),
    }


def _as_reviews(rows: pd.DataFrame) -> pd.DataFrame:
    """As a scored day has them; a review's id is its place."""
    texts = rows[["title", "text"]].astype(object)
    answers = rows[[*PROBABILITIES]].astype("float64").assign(prediction=rows["sentiment"].astype(object))
    return pd.concat([texts.where(texts.notna(), None), answers], axis=1).assign(review_id=range(len(rows)))


def _left_out(num_rows: int, meta: dict[str, object], config: Config) -> list[str]:
    lines = []
    if meta["left_out"]:
        lines.append(f"{meta['left_out']:,} answers of another version, or in another form, are left out")
    if num_rows >= config.captures.watched_texts:
        lines.append(f"of more texts the {config.captures.watched_texts:,} with the smallest request ids are looked at")
    return lines
