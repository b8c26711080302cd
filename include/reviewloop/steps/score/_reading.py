"""What the steps of scoring share: what was scored already, and a model reading rows of a day."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.catalog.curated import FILE
from reviewloop.adapters.lake import artifacts
from reviewloop.adapters.lake.frames import parquet_rows
from reviewloop.adapters.lake.scratch import scratch
from reviewloop.adapters.release.champion import Champion
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.monitoring.predictions import prediction_rows
from reviewloop.models.predictor import Predictor
from reviewloop.refs import CuratedRef

log = logging.getLogger(__name__)

PREDICTIONS = "predictions.parquet"


def digest_of(champion: Champion) -> str:
    """SHA-256 of the champion's files, as their manifest says."""
    return artifacts.open_artifact(champion.source).digest


def already_scored(curated: CuratedRef, champion: Champion) -> artifacts.Artifact | None:
    """A rerun must give the same bytes, but another CPU may differ in a probability's last digit: so reuse what is there.

    The model is known by its digest: a registry that was lost begins again at version 1.
    """
    for partition in glue.partitions("predictions"):
        if partition.day == curated.day:
            artifact = artifacts.open_artifact(partition.location.rstrip("/"))
            made = artifact.meta
            # Where older code scored it, there is no digest, but the model's folder is named by one.
            is_same_model = made.get("model_digest", made["model_uri"]) in {digest_of(champion), champion.source}
            if (made["curated_uri"], made["model_version"]) == (curated.uri, champion.version) and is_same_model:
                log.info("%s was scored by version %s already: %s", curated.day, champion.version, artifact.uri)
                return artifact
    return None


def read_rows(
    curated: CuratedRef, version: str, predictor: Predictor, rows: Sequence[range]
) -> list[tuple[pd.DataFrame, np.ndarray | None]]:
    """For each of ``rows``: the day's predictions and, where the model has them, the embeddings.

    Texts are held a piece at a time.
    """
    found = []
    with scratch("score") as folder:
        file = artifacts.open_artifact(curated.uri).fetch(FILE, folder)
        for wanted in rows:
            answers: list[pd.DataFrame] = []
            embedded: list[np.ndarray | None] = []
            for piece in parquet_rows(file, ("review_id", "title", "text"), wanted).pieces():
                read = predictor.read(model_texts(piece))
                answers.append(prediction_rows(piece, read.probabilities, version, curated.batch))
                embedded.append(read.embeddings)
            found.append((pd.concat(answers, ignore_index=True), joined(embedded)))
    return found


def joined(embedded: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """One array of all; None where one is missing."""
    known = [found for found in embedded if found is not None]
    return np.concatenate(known) if known and len(known) == len(embedded) else None
