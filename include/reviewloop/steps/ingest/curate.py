"""Write the day's accepted rows where the lake's table ``reviews`` will find them."""

import json
import logging
from pathlib import Path

from reviewloop.adapters.catalog.curated import FILE
from reviewloop.adapters.erasure.curated import blanked, erased_of
from reviewloop.adapters.lake import artifacts, frames, places
from reviewloop.adapters.lake.scratch import scratch
from reviewloop.refs import BatchRef, CuratedRef

log = logging.getLogger(__name__)


def curate(batch: BatchRef) -> CuratedRef:
    """Write the batch's partition; it counts for nothing until ``publish_day``.

    The same delivery gives the same partition, so that a rerun changes nothing; another one, even if it differs in
    quarantined rows only, gives another, and the files of the old one stay. Words that somebody asked to erase are left out.
    """
    counts = {"num_landed": batch.num_landed, "num_rows": batch.num_accepted, "num_quarantined": batch.num_quarantined}
    origin = json.dumps({"delivery": batch.delivery_uri.rpartition("/")[2]}).encode()
    with scratch("curate") as folder:
        accepted = artifacts.open_artifact(batch.uri).copied("accepted.parquet", folder)
        rows: artifacts.Content = accepted.path if _erase(accepted.path, batch.day) else accepted
        artifact = artifacts.publish(
            places.curated(batch.day),
            # The underscore hides the origin from Athena. It makes a delivery with the same good rows another batch.
            {FILE: rows, "_origin.json": origin},
            {**counts, "landed_at": batch.landed_at},  # kept from the first writing: when these rows landed first
            folder="batch={digest}",
        )
    log.info("Curated %d rows of %s at %s", batch.num_accepted, batch.day, artifact.uri)
    return CuratedRef(
        day=batch.day, batch=artifact.digest[:16], uri=artifact.uri, digest=artifact.digest, **counts, landed_at=batch.landed_at
    )


def _erase(accepted: Path, day: str) -> bool:
    """Take out what was erased from this day before: another delivery of it brings the words again. Whether something was."""
    if not (erased := erased_of(day)):
        return False
    reviews = frames.from_parquet(accepted.read_bytes())
    without = blanked(reviews, erased)
    if without is reviews:
        return False
    accepted.write_bytes(frames.to_parquet(without))
    return True
