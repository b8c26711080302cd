"""The last act of ingest: from now on the batch is the day's, for everybody who reads the lake."""

import logging

from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import artifacts
from reviewloop.errors import Superseded
from reviewloop.refs import CuratedRef

log = logging.getLogger(__name__)


def publish_day(curated: CuratedRef) -> CuratedRef:
    """Let the batch count as the day's in Glue's table ``reviews``, in the place of one that landed before; returns the ref.

    Raises ``Superseded`` where a delivery counts that landed after this one: a slow run, or an old task that is run again,
    never takes a newer delivery's place. The table's comments are the contract's.
    """
    seen = days.standing("reviews", curated.day)
    # Without a landing (a ref of before there was one) nothing says that it is the newer of the two.
    if seen.batch not in {None, curated.batch} and (not curated.landed_at or curated.landed_at < seen.landed_at):
        since = f", landed {seen.landed_at}" if seen.landed_at else ""
        raise Superseded(f"{curated.day}: superseded: batch {seen.batch}{since}, counts; batch {curated.batch} is left as it is")
    landed_at = max(seen.landed_at, curated.landed_at) if seen.batch == curated.batch else curated.landed_at
    first = str(artifacts.open_artifact(curated.uri).meta.get("landed_at", ""))
    days.publish(seen, days.reviews_table(), curated.batch, curated.uri, landed_at, first)
    log.info("%s: batch %s counts, %d rows", curated.day, curated.batch, curated.num_rows)
    return curated
