"""What a scored day is compared with: its champion's reference, what luck does, and the complaints of the days before."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.catalog.curated import read_curated
from reviewloop.adapters.lake import artifacts, nulls, sealed
from reviewloop.adapters.lake.embeddings import Embeddings, embeddings_of
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.adapters.mlflow.tags import Tag, ours
from reviewloop.adapters.release.champion import Champion
from reviewloop.config import Config, Contract
from reviewloop.core.monitoring.drift.complaints import Complaints
from reviewloop.core.monitoring.drift.null import METHOD, Null
from reviewloop.core.monitoring.drift.reference import Reference, null_rows
from reviewloop.core.monitoring.predictions import scored_reviews
from reviewloop.core.monitoring.quality.live import counts_of
from reviewloop.core.monitoring.quality.realised import DayCounts
from reviewloop.core.monitoring.sample import Sample, distinct, sample
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.errors import PermanentError
from reviewloop.refs import PredictionsRef

_MAX_DAYS_BACK: Final = 7
"""Days before that are older are of another time."""


@dataclass(frozen=True)
class Compared:
    """A reference, the day's rows as ``core.monitoring`` looks at them, and the null of so many rows."""

    reference: Reference
    day: Sample
    null: Null | None
    null_uri: str | None


def earlier_days(day: str, features_uri: str, num_days: int) -> list[dict[str, str]]:
    """``day`` and ``uri`` of the curated days before, the latest first: at most ``num_days``, and none that the reference is of."""
    known = artifacts.open_artifact(features_uri).meta.get("batches", {})
    oldest = str(date.fromisoformat(day) - timedelta(days=_MAX_DAYS_BACK))
    before = [found for found in glue.partitions("reviews") if oldest <= found.day < day and found.day not in known]
    return [{"day": found.day, "uri": found.location.rstrip("/")} for found in before[::-1][:num_days]]


def earlier_scored(predictions: PredictionsRef, num_days: int) -> list[dict[str, str]]:
    """``day`` and ``uri`` of the days before that the same version scored, as they count now, the latest first: at most
    ``num_days``."""
    oldest = str(date.fromisoformat(predictions.day) - timedelta(days=_MAX_DAYS_BACK))
    before = [found for found in glue.partitions("predictions") if oldest <= found.day < predictions.day][::-1]
    scored = [(found.day, artifacts.open_artifact(found.location.rstrip("/"))) for found in before]
    ours = [(day, artifact.uri) for day, artifact in scored if artifact.meta["model_version"] == predictions.model_version]
    return [{"day": day, "uri": uri} for day, uri in ours[:num_days]]


def counts_scored(day: str, predictions_uri: str, version: str, contract: Contract) -> DayCounts:
    """How the version did on the rated reviews of a scored day, each text once."""
    frame = _scored_day(artifacts.open_artifact(predictions_uri))
    return counts_of(day, version, frame.iloc[distinct(frame)], contract)


def complaints_of(curated_uri: str) -> Complaints:
    """Of a curated day, each text once."""
    reviews = read_curated(curated_uri)
    ratings = reviews["rating"].iloc[distinct(reviews)].dropna()
    return Complaints(int((ratings.map(sentiment_of) == 0).sum()), len(ratings))


def reference_of(champion: Champion) -> dict[str, str]:
    """What the version is compared with. Raises ``PermanentError`` where its tags do not say."""
    names = (Tag.REFERENCE_URI, Tag.FEATURES_URI)
    absent = [name for name in names if not champion.tags.get(name)]
    if absent:
        raise PermanentError(
            f"model version {champion.version}: no tag {', '.join(absent)}, so there is nothing to compare the day with"
        )
    return ours({name: champion.tags[name] for name in names})


def compared(predictions: PredictionsRef, evidence: Mapping[str, str], config: Config) -> Compared:
    """Open and read everything; the null is simulated where no day of so many rows was compared with this reference before."""
    scored = artifacts.open_artifact(predictions.uri)
    return against_reference(_scored_day(scored), embeddings_of(scored), evidence, config)


def against_reference(day_frame: pd.DataFrame, read: Embeddings | None, evidence: Mapping[str, str], config: Config) -> Compared:
    """Any reviews that the version has answered, as ``core.monitoring.sample`` takes them, with what it read them as."""
    features = artifacts.open_artifact(evidence["features_uri"])
    vocabulary = frozenset(json.loads(features.read("vocabulary.json")))
    frame, of_reference, of_day = _read_alike(evidence["reference_uri"], read)
    rows = sample(frame, vocabulary, config.contract, "the reference", of_reference)
    reference = Reference.of(rows, config.monitor, _complaints_of_snapshot(features.meta))
    day = sample(day_frame, vocabulary, config.contract, "the day", of_day)
    wanted = null_rows(day, config.monitor)
    if wanted is None:
        return Compared(reference, day, None, None)
    decides = {
        **evidence, "facets": config.contract.facet_bands(), "config": config.digest("monitor"), "method": METHOD,
        "num_rows": wanted[0], "num_rated": wanted[1],
    }  # fmt: skip
    uri, null = nulls.kept(decides, lambda: reference.null(*wanted, config.monitor))
    return Compared(reference, day, null, uri)


def _complaints_of_snapshot(meta: Mapping[str, Any]) -> Complaints | None:
    """Of all its parts, which are random parts of one whole; None for a snapshot that does not say."""
    shares = meta.get("shares")
    if not shares:
        return None
    counts = {part: int(meta[f"num_{part}"]) for part in shares}
    return Complaints(sum(round(shares[part][SENTIMENTS[0]] * counts[part]) for part in counts), sum(counts.values()))


def _read_alike(reference_uri: str, read: Embeddings | None) -> tuple[pd.DataFrame, np.ndarray | None, np.ndarray | None]:
    """The reference's rows, its embeddings and the day's, all of the form of the model that read the day.

    There are no embeddings where either side was kept before there were any: the monitor then says that it did not measure texts.
    """
    frame = sealed.open_predictions_of(reference_uri, read.form, "drift") if read else None
    vectors = sealed.open_embeddings(reference_uri, read.form, "drift") if read and frame is not None else None
    frame = sealed.open_predictions(reference_uri, "drift") if frame is None else frame
    frame["prediction"] = np.array(SENTIMENTS)[frame["prediction"].to_numpy(dtype="int64")]
    return (frame, vectors, read.rows) if read and vectors is not None else (frame, None, None)


def _scored_day(scored: artifacts.Artifact) -> pd.DataFrame:
    """The very curated rows that were scored, each with its answers, in the order of the answers."""
    reviews = read_curated(scored.meta["curated_uri"])
    return scored_reviews(reviews, from_parquet(scored.read("predictions.parquet")))
