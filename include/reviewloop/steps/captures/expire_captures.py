"""Captured requests are not kept for ever."""

import logging

from reviewloop.adapters.captures import retention
from reviewloop.config import load_config
from reviewloop.errors import NothingToDo
from reviewloop.refs import ExpiredRef

log = logging.getLogger(__name__)


def expire_captures() -> ExpiredRef:
    """Delete captured requests, and the partitions made of them, that are older than ``captures.retention_days``.

    Today is never deleted, and the ledger and erasures are not touched. Run again it finishes what a kill has left. Raises
    ``NothingToDo`` where nothing is too old.
    """
    kept_days = load_config().captures.retention_days
    oldest = retention.oldest_kept(kept_days)
    days = retention.expired(kept_days)
    if not days:
        raise NothingToDo(f"no captured request is older than {kept_days} days (before {oldest})")
    num_objects = sum(map(retention.delete, days))
    log.info("captured requests of %s to %s are deleted: %d objects; kept since %s", days[0], days[-1], num_objects, oldest)
    return ExpiredRef(retention_days=kept_days, oldest_kept=oldest, days=tuple(days), num_objects=num_objects)
