"""Keep the producer's object as it came."""

import logging
from datetime import date

from reviewloop.adapters import s3
from reviewloop.config import load_config
from reviewloop.core.digests import bytes_digest
from reviewloop.errors import PermanentError
from reviewloop.refs import DeliveryRef

log = logging.getLogger(__name__)


def land(day: str) -> DeliveryRef:
    """Copy the one object in the inbox of ``day`` (``YYYY-MM-DD``), unchanged, under ``raw/``.

    Raises ``PermanentError`` where the inbox does not hold exactly one object: which one counts is the producer's to say.
    """
    _require_day(day)
    inbox = s3.lake_uri(load_config().dataset.inbox_prefix, day, "")
    found = [uri for uri in s3.list_uris(inbox) if not uri.endswith("/")]
    if len(found) != 1:
        names = ", ".join(uri.removeprefix(inbox) for uri in found) or "nothing"
        raise PermanentError(f"{inbox}: expected exactly one object, found {len(found)}: {names}; leave the one that counts")
    data = s3.read_bytes(found[0])
    name = found[0].rsplit("/", 1)[1]
    artifact = s3.publish(s3.lake_uri("raw", "reviews", f"day={day}"), {name: data}, {"source": found[0], "day": day})
    log.info("Landed %s: %d bytes, unchanged, at %s", found[0], len(data), artifact.uri)
    return DeliveryRef(day=day, uri=artifact.uri, digest=bytes_digest(data), num_bytes=len(data))


def _require_day(day: str) -> None:
    try:
        valid = date.fromisoformat(day).isoformat() == day
    except ValueError:
        valid = False
    if not valid:
        raise PermanentError(f"day: {day!r} is not a date; write it as YYYY-MM-DD")
