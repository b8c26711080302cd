"""The champion reads one curated day."""

import logging

import numpy as np
import pandas as pd

from reviewloop.adapters.catalog import days, glue
from reviewloop.adapters.catalog.curated import FILE
from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.lake.embeddings import files_of
from reviewloop.adapters.lake.frames import parquet_rows, to_parquet
from reviewloop.adapters.lake.model_store import fetch_predictor
from reviewloop.adapters.lake.scratch import scratch
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.champion import Champion, current_champion
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.monitoring.predictions import prediction_rows
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.rollout.routing import open_rollout
from reviewloop.errors import NothingToDo, PermanentError, Superseded
from reviewloop.models.predictor import Predictor
from reviewloop.refs import CuratedRef, PredictionsRef

log = logging.getLogger(__name__)


def score(curated: CuratedRef) -> PredictionsRef:
    """Publish the champion's predictions of the day in Glue's table ``predictions``, in place of any older ones.

    Run again with the same champion it finds the same files. Athena counts them before they are published. Raises
    ``Superseded`` where another batch counts as the day's, ``NothingToDo`` before the first release, ``PermanentError`` when
    Athena does not see exactly the day's rows, or nobody can say for certain who the champion is.
    """
    seen = days.standing("predictions", curated.day)  # before all that is read below: whoever writes meanwhile read it later
    counts = days.standing("reviews", curated.day)
    if counts.batch != curated.batch:
        raise Superseded(f"{curated.day}: superseded: batch {counts.batch or 'none'} counts, this task was given {curated.batch}")
    champion = current_champion()
    if champion is None:
        raise NothingToDo("there is no champion yet; sentiment_release makes the first one")
    artifact = _already_scored(curated, champion) or _predict(curated, champion)
    batch, table = artifact.uri.rpartition("batch=")[2], days.predictions_table()
    num_rows = int(days.audit(table, "count_predictions", curated.day, batch, artifact.uri)["num_rows"])
    if num_rows != curated.num_rows:
        raise PermanentError(f"{artifact.uri}: Athena sees {num_rows} predictions, the day has {curated.num_rows} reviews")
    days.publish(seen, table, batch, artifact.uri, counts.landed_at)
    return PredictionsRef(
        day=curated.day, batch=batch, uri=artifact.uri, digest=artifact.digest, num_rows=num_rows, model_version=champion.version
    )


def _already_scored(curated: CuratedRef, champion: Champion) -> artifacts.Artifact | None:
    """A rerun must give the same bytes, but another CPU may differ in a probability's last digit: so reuse what is there.

    The model is known by its digest: a registry that was lost begins again at version 1.
    """
    for partition in glue.partitions("predictions"):
        if partition.day == curated.day:
            artifact = artifacts.open_artifact(partition.location.rstrip("/"))
            made = artifact.meta
            # Where older code scored it, there is no digest, but the model's folder is named by one.
            is_same_model = made.get("model_digest", made["model_uri"]) in {_digest_of(champion), champion.source}
            if (made["curated_uri"], made["model_version"]) == (curated.uri, champion.version) and is_same_model:
                log.info("%s was scored by version %s already: %s", curated.day, champion.version, artifact.uri)
                return artifact
    return None


def _digest_of(champion: Champion) -> str:
    return artifacts.open_artifact(champion.source).digest


def _predict(curated: CuratedRef, champion: Champion) -> artifacts.Artifact:
    predictor = fetch_predictor(champion.source, champion.digest)
    predictions, embeddings = _read(curated, champion, predictor)
    shares = predictions["prediction"].value_counts(normalize=True)
    log.info(
        "version %s read %d reviews of %s: %s", champion.version, len(predictions), curated.day,
        ", ".join(f"{name} {shares.get(name, 0):.1%}" for name in SENTIMENTS),
    )  # fmt: skip
    meta = {"curated_uri": curated.uri, "model_version": champion.version, "model_uri": champion.source}
    meta |= {"model_digest": _digest_of(champion), "form": predictor.form}
    started = open_rollout(ledger.read())
    if started is not None:  # the champion scores all the same: of a day there is one answer a review, by who is released
        meta["rollout"] = started.sha256
    files = {"predictions.parquet": to_parquet(predictions)} | files_of(predictor.form, embeddings, len(predictions))
    return artifacts.publish(places.predictions(curated.day), files, meta, folder="batch={digest}")


def _read(curated: CuratedRef, champion: Champion, predictor: Predictor) -> tuple[pd.DataFrame, np.ndarray | None]:
    """The predictions and, where the model has them, the embeddings; of the day's texts only a piece is held at a time."""
    answers: list[pd.DataFrame] = []
    embedded: list[np.ndarray | None] = []
    with scratch("score") as folder:
        rows = parquet_rows(artifacts.open_artifact(curated.uri).fetch(FILE, folder), ("review_id", "title", "text"))
        for piece in rows.pieces():
            read = predictor.read(model_texts(piece))
            answers.append(prediction_rows(piece, read.probabilities, champion.version, curated.batch))
            embedded.append(read.embeddings)
    known = [found for found in embedded if found is not None]
    return pd.concat(answers, ignore_index=True), np.concatenate(known) if known and len(known) == len(embedded) else None
