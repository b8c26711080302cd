"""The curated partition of a day, as a ref: where scoring starts when a person names the day."""

import logging

from reviewloop.adapters.catalog import days, glue
from reviewloop.adapters.lake import artifacts
from reviewloop.errors import PermanentError
from reviewloop.refs import CuratedRef

log = logging.getLogger(__name__)


def find_curated(day: str) -> CuratedRef:
    """The partition that Glue has registered for ``day`` (``YYYY-MM-DD``).

    Raises ``PermanentError`` when the day has no curated reviews, or more than one batch of them.
    """
    partitions = glue.partitions("reviews")
    found = [p for p in partitions if p.day == day]
    if len(found) != 1:
        curated = sorted({p.day for p in partitions})
        known = f"curated days are {curated[0]} to {curated[-1]} ({len(curated)})" if curated else "no day is curated yet"
        raise PermanentError(f"day: {day!r} has {len(found)} curated batches, expected 1; {known}; run reviews_ingest for it")
    artifact = artifacts.open_artifact(found[0].location.rstrip("/"))
    counts = {name: int(artifact.meta[name]) for name in ("num_landed", "num_rows", "num_quarantined")}
    log.info("curated reviews of %s: %d rows at %s", day, counts["num_rows"], artifact.uri)
    standing = days.standing("reviews", day)
    landed_at = standing.landed_at if standing.batch == found[0].batch else ""
    return CuratedRef(day=day, batch=found[0].batch, uri=artifact.uri, digest=artifact.digest, **counts, landed_at=landed_at)
