"""Days whose inbox holds another object than the one that was landed."""

import logging

from reviewloop.adapters.lake import inbox, places
from reviewloop.config import load_config
from reviewloop.errors import NothingToDo
from reviewloop.refs import CorrectionRef

log = logging.getLogger(__name__)


def find_corrections() -> list[CorrectionRef]:
    """The newest object of each day that was landed and is corrected now, by day.

    A day that was never landed is the nightly run's, or a person's, to begin. Raises ``NothingToDo`` when nothing is corrected.
    """
    found = [
        CorrectionRef(day=day, uri=one.uri, etag=one.etag.strip('"'), delivered_at=one.modified.isoformat())
        for day, one in sorted(inbox.find_corrections(places.inbox(load_config().dataset.inbox_prefix, "")).items())
    ]
    if not found:
        raise NothingToDo("every day's delivery is landed as it lies in the inbox")
    log.info("corrected: %s", ", ".join(one.day for one in found))
    return found
