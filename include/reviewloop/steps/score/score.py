"""The champion reads one curated day."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.lake.embeddings import embeddings_in, files_of
from reviewloop.adapters.lake.frames import from_parquet, to_parquet
from reviewloop.adapters.lake.model_store import fetch_predictor
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.champion import Champion, current_champion
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.rollout.routing import open_rollout
from reviewloop.core.scoring.chunks import gaps
from reviewloop.errors import NothingToDo, PermanentError, Superseded
from reviewloop.models.predictor import Predictor
from reviewloop.refs import ChunkRef, CuratedRef, PredictionsRef, ReadRef
from reviewloop.steps.score._reading import PREDICTIONS, already_scored, digest_of, joined, read_rows

log = logging.getLogger(__name__)


def score(curated: CuratedRef, cut: Sequence[ChunkRef] = (), read: Sequence[ReadRef] = ()) -> PredictionsRef:
    """Publish the champion's predictions of the day in Glue's table ``predictions``, in place of any older ones.

    What ``read`` holds of the day is taken from there, in any order; it reads the rest itself: all of a day that was not ``cut``,
    or that was read by a model which answers no more. Run again with the same champion it finds the same files. Athena counts
    them before they are published. Raises ``Superseded`` where another batch counts as the day's, ``NothingToDo`` before the
    first release, ``PermanentError`` when a chunk of the day was not read, Athena does not see exactly the day's rows, or nobody
    can say for certain who the champion is.
    """
    seen = days.standing("predictions", curated.day)  # before all that is read below: whoever writes meanwhile read it later
    counts = days.standing("reviews", curated.day)
    if counts.batch != curated.batch:
        _let_go(curated, read)
        raise Superseded(f"{curated.day}: superseded: batch {counts.batch or 'none'} counts, this task was given {curated.batch}")
    champion = current_champion()
    if champion is None:
        raise NothingToDo("there is no champion yet; sentiment_release makes the first one")
    artifact = already_scored(curated, champion) or _predict(curated, champion, cut, read)
    batch, table = artifact.uri.rpartition("batch=")[2], days.predictions_table()
    num_rows = int(days.audit(table, "count_predictions", curated.day, batch, artifact.uri)["num_rows"])
    if num_rows != curated.num_rows:
        raise PermanentError(f"{artifact.uri}: Athena sees {num_rows} predictions, the day has {curated.num_rows} reviews")
    days.publish(seen, table, batch, artifact.uri, counts.landed_at)
    _let_go(curated, read)
    return PredictionsRef(
        day=curated.day, batch=batch, uri=artifact.uri, digest=artifact.digest, num_rows=num_rows, model_version=champion.version
    )


def _let_go(curated: CuratedRef, read: Sequence[ReadRef]) -> None:
    """Of the day's chunks nobody asks again: also of those that were read by a model which answers no more."""
    for model in {one.chunk.model_digest for one in read if one.chunk.curated == curated}:
        s3.remove(f"{places.chunks(curated.day, curated.batch, model)}/")


def _predict(curated: CuratedRef, champion: Champion, cut: Sequence[ChunkRef], read: Sequence[ReadRef]) -> artifacts.Artifact:
    predictor = fetch_predictor(champion.source, champion.digest)
    predictions, embeddings = _whole(curated, champion, predictor, _of_the_day(curated, champion, cut, read))
    shares = predictions["prediction"].value_counts(normalize=True)
    log.info(
        "version %s read %d reviews of %s: %s", champion.version, len(predictions), curated.day,
        ", ".join(f"{name} {shares.get(name, 0):.1%}" for name in SENTIMENTS),
    )  # fmt: skip
    meta = {"curated_uri": curated.uri, "model_version": champion.version, "model_uri": champion.source}
    meta |= {"model_digest": digest_of(champion), "form": predictor.form}
    started = open_rollout(ledger.read())
    if started is not None:  # the champion scores all the same: of a day there is one answer a review, by who is released
        meta["rollout"] = started.sha256
    files = {PREDICTIONS: to_parquet(predictions)} | files_of(predictor.form, embeddings, len(predictions))
    return artifacts.publish(places.predictions(curated.day), files, meta, folder="batch={digest}")


def _of_the_day(curated: CuratedRef, champion: Champion, cut: Sequence[ChunkRef], read: Sequence[ReadRef]) -> list[ReadRef]:
    """Those of ``read`` that this champion read of this day. Raises ``PermanentError`` where one of ``cut`` is not among them."""
    model = digest_of(champion)
    wanted = [one for one in cut if one.curated == curated and one.model_digest == model]
    found = {one.chunk: one for one in read}
    if missing := [one for one in wanted if one not in found]:
        named = ", ".join(f"{one.first} to {one.stop - 1}" for one in missing[:3]) + (", ..." if missing[3:] else "")
        raise PermanentError(f"{curated.day}: rows {named} were not read; clear what failed of read_chunk, and what follows it")
    return [found[one] for one in wanted]


def _whole(
    curated: CuratedRef, champion: Champion, predictor: Predictor, read: Sequence[ReadRef]
) -> tuple[pd.DataFrame, np.ndarray | None]:
    """All predictions of the day in its order, and their embeddings where every one has them."""
    usable = [one for one in read if one.form == predictor.form]  # of one day there is one form, whatever CPU each task had
    if len(usable) < len(read):
        log.warning("%d chunks were read in another form than %s: they are read again", len(read) - len(usable), predictor.form)
    missing = gaps([range(one.chunk.first, one.chunk.stop) for one in usable], curated.num_rows) or ([] if usable else [range(0)])
    here = read_rows(curated, champion.version, predictor, missing) if missing else []
    pieces = {one.start: rows for one, rows in zip(missing, here, strict=True)}
    for one in usable:
        artifact = artifacts.open_named(one.uri)
        if artifact.digest != one.digest:
            raise PermanentError(f"{one.uri}: holds other bytes (digest {artifact.digest[:16]}) than were read ({one.digest[:16]})")
        kept = embeddings_in(artifact, predictor.form)
        pieces[one.chunk.first] = from_parquet(artifact.read(PREDICTIONS)), None if kept is None else kept.rows
    ordered = [pieces[first] for first in sorted(pieces)]
    return pd.concat([rows for rows, _ in ordered], ignore_index=True), joined([rows for _, rows in ordered])
