"""The champion reads one curated day."""

import logging

from reviewloop.adapters.lake import athena, glue, places, s3
from reviewloop.adapters.lake.frames import from_parquet, to_parquet
from reviewloop.adapters.lake.model_store import fetch_predictor
from reviewloop.adapters.mlflow import registry
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.monitoring.predictions import COLUMNS, COMMENTS, prediction_rows
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import NothingToDo, PermanentError
from reviewloop.refs import CuratedRef, PredictionsRef

log = logging.getLogger(__name__)


def score(curated: CuratedRef) -> PredictionsRef:
    """Publish the champion's predictions of the day and register them in Glue in place of any older ones.

    Run again with the same champion it finds the same files. Raises ``NothingToDo`` before the first release, and
    ``PermanentError`` when Athena does not see exactly the day's rows.
    """
    champion = registry.champion()
    if champion is None:
        raise NothingToDo("there is no champion yet; sentiment_release makes the first one")
    artifact = _already_scored(curated, champion.version) or _predict(curated, champion.version, champion.source)
    batch = artifact.uri.rpartition("batch=")[2]
    glue.register_partition("predictions", COLUMNS, curated.day, batch, artifact.uri, COMMENTS)
    seen = int(athena.query("predictions_count", day=curated.day, batches=[batch])["num_rows"].iloc[0])
    if seen != curated.num_rows:
        raise PermanentError(f"{artifact.uri}: Athena sees {seen} predictions, the day has {curated.num_rows} reviews")
    return PredictionsRef(
        day=curated.day, batch=batch, uri=artifact.uri, digest=artifact.digest, num_rows=seen, model_version=champion.version
    )


def _already_scored(curated: CuratedRef, version: str) -> s3.Artifact | None:
    """A rerun must give the same bytes, but another CPU may differ in a probability's last digit: so reuse what is there."""
    for partition in glue.partitions("predictions"):
        if partition.day == curated.day:
            artifact = s3.open_artifact(partition.location.rstrip("/"))
            if (artifact.meta["curated_uri"], artifact.meta["model_version"]) == (curated.uri, version):
                log.info("%s was scored by version %s already: %s", curated.day, version, artifact.uri)
                return artifact
    return None


def _predict(curated: CuratedRef, version: str, source: str) -> s3.Artifact:
    reviews = from_parquet(s3.open_artifact(curated.uri).read("reviews.parquet"))
    probabilities = fetch_predictor(source).predict_proba(model_texts(reviews))
    predictions = prediction_rows(reviews, probabilities, version, curated.batch)
    shares = predictions["prediction"].value_counts(normalize=True)
    log.info(
        "version %s read %d reviews of %s: %s", version, len(predictions), curated.day,
        ", ".join(f"{name} {shares.get(name, 0):.1%}" for name in SENTIMENTS),
    )  # fmt: skip
    meta = {"curated_uri": curated.uri, "model_version": version, "model_uri": source}
    files = {"predictions.parquet": to_parquet(predictions)}
    return s3.publish(places.predictions(curated.day), files, meta, folder="batch={digest}")
