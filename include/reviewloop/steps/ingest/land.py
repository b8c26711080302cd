"""Keep the producer's object as it came."""

import logging

from reviewloop.adapters.lake import artifacts, inbox, places
from reviewloop.adapters.lake.scratch import scratch
from reviewloop.config import load_config
from reviewloop.core.days import require_day
from reviewloop.refs import DeliveryRef

log = logging.getLogger(__name__)


def land(day: str) -> DeliveryRef:
    """Copy the one object in the inbox of ``day`` (``YYYY-MM-DD``), unchanged, under ``raw/``, and note that it landed now.

    Raises ``PermanentError`` where the inbox does not hold exactly one object: which one counts is the producer's to say;
    ``TransientError`` where it is still being written.
    """
    require_day(day)
    dataset = load_config().dataset
    place = places.inbox(dataset.inbox_prefix, day, "")
    found = inbox.find(place)
    name = found.uri.rsplit("/", 1)[1]
    with scratch("land") as folder:
        digest = inbox.copy(found, place, folder / "object", dataset.quiet_seconds)
        delivered = artifacts.Copied(found.uri, found.etag, folder / "object", digest)
        artifact = artifacts.publish(places.raw(day), {name: delivered}, {"source": found.uri, "day": day})
    landed_at = inbox.record_landing(day, found)
    inbox.require_unchanged(found, place)  # a newer object may have landed between the reading and the record
    log.info("Landed %s: %d bytes, unchanged, at %s", found.uri, found.num_bytes, artifact.uri)
    return DeliveryRef(
        day=day, uri=artifact.uri, digest=digest, num_bytes=found.num_bytes, declared=found.declared, landed_at=landed_at
    )
