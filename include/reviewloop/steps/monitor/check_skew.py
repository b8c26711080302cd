"""One text, one answer: what batch scoring kept, what the endpoint said, and what the feature store's texts are read as."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from reviewloop.adapters.captures.answers import answers_to
from reviewloop.adapters.catalog import days, glue
from reviewloop.adapters.catalog.curated import read_curated
from reviewloop.adapters.lake import artifacts, feature_pointers, places
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.adapters.lake.model_store import fetch_predictor
from reviewloop.adapters.monitoring import skew
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.champion import Champion, released
from reviewloop.config import SkewConfig, load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.digests import bytes_digest, json_digest
from reviewloop.core.evaluation.evaluation import PROBABILITIES
from reviewloop.core.monitoring.skew.checks import Check
from reviewloop.core.monitoring.skew.comparison import BATCH, ENDPOINT, FEATURES, Comparison, answers, compare, judged
from reviewloop.models.kinds.table import AS_TRAINED, FORMS
from reviewloop.pages.links import Links
from reviewloop.pages.monitoring.skew import skew_page
from reviewloop.refs import PredictionsRef, SkewRef

log = logging.getLogger(__name__)


def check_skew(predictions: PredictionsRef) -> SkewRef:
    """Compare the answers to the reviews of the scored day, and of the scored days before it; keep page and verdict.

    Batch scoring with the endpoint: each text that both have read, whoever sent it. Batch scoring with the feature store: each
    review that the latest snapshot holds of these days, its text there read now by the version that scored them. Both with the
    same files of the model, in the same form. Stops nothing: a skew is an alert, until a later day's check finds none. Run again it
    finds the same report, or makes one of what was captured since. Raises ``PermanentError`` where the version was never released.
    """
    limits = load_config().skew
    version = released(predictions.model_version)
    batch = _scored(predictions, limits.days)
    captured, captures = answers_to(batch.reviewed)
    latest = feature_pointers.read_pointer("latest")
    inputs: dict[str, Any] = {
        "predictions": batch.uris, "captures": captures, "features": latest.uri if latest else None, "model": version.digest,
        "form": batch.form,
    }  # fmt: skip
    key = json_digest([inputs, load_config().digest("skew")])[:16]
    place = places.reports("skew", f"day={predictions.day}", key)

    def files() -> dict[str, bytes]:
        held = _in_snapshot(latest.uri, batch.rows) if latest else batch.rows.iloc[:0]
        found = judged([_with_features(batch, held, version, limits), _with_endpoint(batch, captured, limits)])
        about = {**inputs, "day": predictions.day, "days": batch.reviewed, "model_version": predictions.model_version}
        report = found.as_json() | about | {"num_other_texts": _other_texts(batch.rows, captured), "tolerance": limits.tolerance}
        page = skew_page(report, Links(depth=3, day=predictions.day))
        return {
            "verdict.json": json.dumps(report, indent=2, sort_keys=True, allow_nan=False).encode(),
            "report.html": page.encode(),
        }

    artifact = artifacts.publish_once(place, files, {"day": predictions.day})
    report = json.loads(artifact.read("verdict.json"))
    log.info("%s: %s", report["verdict"], "; ".join(report["reasons"]))
    page_uri = f"{artifact.uri}/report.html"
    said = {"day": predictions.day, "verdict": report["verdict"], "reasons": tuple(report["reasons"]), "page_uri": page_uri}
    skew.keep(Check(**said, version=predictions.model_version, at=datetime.fromisoformat(ledger.now())))
    return SkewRef(**said, model_version=predictions.model_version, report_uri=f"{artifact.uri}/verdict.json")


@dataclass(frozen=True)
class _Batch:
    """Scored days, each review with its ``name``, ``day``, ``review_id``, ``reviews_batch``, ``model_text`` and probabilities."""

    rows: pd.DataFrame
    uris: list[str]
    reviewed: list[str]
    model: str
    form: str

    def answers(self, column: str, model: str) -> pd.DataFrame:
        """For ``compare``, each known by what the column says."""
        return answers(self.rows[column], model, self.rows[[*PROBABILITIES]], self.rows["name"])


def _scored(predictions: PredictionsRef, num_days: int) -> _Batch:
    """The day, and those before it that the same files of the model have scored in the same form."""
    scored = artifacts.open_artifact(predictions.uri)
    before = [found for found in glue.partitions(days.predictions_table().name) if found.day < predictions.day][::-1][
        : num_days - 1
    ]
    others = ((found.day, artifacts.open_artifact(found.location.rstrip("/"))) for found in before)
    same = [(day, one) for day, one in others if _reader_of(one.meta) == _reader_of(scored.meta)]
    whole = [(predictions.day, scored), *same]
    rows = pd.concat([_rows(day, one) for day, one in whole], ignore_index=True)
    return _Batch(rows, [one.uri for _, one in whole], sorted(day for day, _ in whole), *_reader_of(scored.meta))


def _reader_of(meta: Mapping[str, Any]) -> tuple[str, str]:
    """Digest and form of the model that scored; where older code did, its folder is named by the digest."""
    return str(meta.get("model_digest", meta["model_uri"])), str(meta.get("form", AS_TRAINED))


def _rows(day: str, scored: artifacts.Artifact) -> pd.DataFrame:
    reviews = read_curated(scored.meta["curated_uri"])
    texts = _named(reviews[["review_id"]].assign(day=day, model_text=model_texts(reviews)))
    found = from_parquet(scored.read("predictions.parquet"))
    return texts.merge(found[["review_id", "reviews_batch", *PROBABILITIES]], on="review_id")


def _in_snapshot(features_uri: str, rows: pd.DataFrame) -> pd.DataFrame:
    """``name`` and ``model_text`` of the snapshot's reviews of the very batches that were scored."""
    snapshot = artifacts.open_artifact(features_uri)
    held = snapshot.meta.get("batches", {})
    batches = rows.drop_duplicates("day").set_index("day")["reviews_batch"]
    same = [day for day, batch in batches.items() if held.get(day) == batch]
    if not same:
        return rows.iloc[:0]
    parts = pd.concat([from_parquet(snapshot.read(f"{part}.parquet")) for part in ("train", "validation")])
    return _named(parts.loc[parts["day"].isin(same)]).drop_duplicates("name")  # balancing may have repeated training rows


def _named(reviews: pd.DataFrame) -> pd.DataFrame:
    names = [f"review {number} of {day}" for number, day in zip(reviews["review_id"], reviews["day"], strict=True)]
    return reviews.assign(name=names)


def _with_features(batch: _Batch, held: pd.DataFrame, version: Champion, limits: SkewConfig) -> Comparison:
    """Review by review: were its text another one there, so would be its answer."""
    # By their digests: the same ones at every run, and no one kind of review.
    some = held.assign(digest=_digests(held["model_text"])).sort_values("digest").head(limits.max_read)
    read = np.empty((0, len(PROBABILITIES)))
    if len(some):
        form = next(one for one in FORMS if one == batch.form)
        read = fetch_predictor(version.source, version.digest, form).predict_proba(list(some["model_text"]))
    found = answers(some["name"], version.digest, read, some["name"])
    return compare(BATCH, FEATURES, batch.answers("name", batch.model), found, limits)


def _with_endpoint(batch: _Batch, captured: pd.DataFrame, limits: SkewConfig) -> Comparison:
    """Text by text. A request is named by its id alone: what its review is called may be erased one day."""
    reader = captured["digest"].fillna("") + " " + captured["form"].fillna("")
    said = captured[[*PROBABILITIES]].to_numpy("float64", na_value=np.nan)
    found = answers(_digests(model_texts(captured)), reader, said, "request " + captured["first_request"])
    batch = replace(batch, rows=batch.rows.assign(text=_digests(batch.rows["model_text"])))
    return compare(BATCH, ENDPOINT, batch.answers("text", f"{batch.model} {batch.form}"), found, limits)


def _digests(texts: Iterable[str]) -> list[str]:
    return [bytes_digest(text.encode()) for text in texts]


def _other_texts(rows: pd.DataFrame, captured: pd.DataFrame) -> int:
    """Reviews that callers named by day and id, and that came with other words than they were delivered with."""
    sent = captured[["review_day", "review_id"]].assign(sent=model_texts(captured)).dropna()
    sent = _named(sent.rename(columns={"review_day": "day"}))
    both = rows[["name", "model_text"]].merge(sent[["name", "sent"]], on="name")
    return int(both.loc[both["sent"] != both["model_text"], "name"].nunique())
