"""The champion reads some rows of a curated day."""

import logging

from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.lake.embeddings import files_of
from reviewloop.adapters.lake.frames import to_parquet
from reviewloop.adapters.lake.model_store import fetch_predictor
from reviewloop.adapters.release.champion import current_champion
from reviewloop.errors import Superseded
from reviewloop.refs import ChunkRef, ReadRef
from reviewloop.steps.score._reading import PREDICTIONS, digest_of, read_rows

log = logging.getLogger(__name__)


def read_chunk(chunk: ChunkRef) -> ReadRef:
    """The chunk's predictions, kept until ``score`` publishes the whole day. Run again it finds them as they were.

    Raises ``Superseded`` where another model answers by now: ``score`` then reads the day with that one.
    """
    curated, champion = chunk.curated, current_champion()
    if champion is None or digest_of(champion) != chunk.model_digest:
        now = f"version {champion.version}" if champion else "no version"
        raise Superseded(f"{curated.day}: superseded: {now} answers, this task was to read with version {chunk.model_version}")
    predictor = fetch_predictor(champion.source, champion.digest)

    def make() -> dict[str, bytes]:
        [(predictions, embeddings)] = read_rows(curated, champion.version, predictor, [range(chunk.first, chunk.stop)])
        return {PREDICTIONS: to_parquet(predictions)} | files_of(predictor.form, embeddings, len(predictions))

    place = f"{places.chunks(curated.day, curated.batch, chunk.model_digest)}/{chunk.first}-{chunk.stop}.{predictor.form}"
    artifact = artifacts.publish_once(place, make, {"curated_uri": curated.uri, "model_digest": chunk.model_digest})
    log.info("version %s read rows %d to %d of %s", champion.version, chunk.first, chunk.stop - 1, curated.day)
    return ReadRef(chunk=chunk, uri=artifact.uri, digest=artifact.digest, form=predictor.form)
