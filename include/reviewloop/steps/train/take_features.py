"""The snapshot that a training run works on."""

import logging

from reviewloop.adapters.lake import feature_pointers
from reviewloop.errors import NothingToDo, TransientError
from reviewloop.refs import FeaturesRef

log = logging.getLogger(__name__)


def take_features(covers_day: str | None) -> FeaturesRef:
    """The latest snapshot; with ``covers_day``, one that holds that day.

    Raises ``TransientError`` while the latest one ends before ``covers_day`` (it may be on its way: a drifted day starts
    training and a new snapshot at once), and ``NothingToDo`` before the first snapshot.
    """
    latest = feature_pointers.read_pointer("latest")
    if latest is None:
        raise NothingToDo("no features yet: curate a day first")
    if covers_day is not None and latest.last_day < covers_day:
        raise TransientError(f"the latest features end on {latest.last_day}; {covers_day} is not in them yet")
    log.info("features %s up to %s: %d training rows", latest.digest[:16], latest.last_day, latest.num_train)
    return latest
