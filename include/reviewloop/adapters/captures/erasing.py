"""An erasure from its asking to its end: kept first, so that nothing that comes in late escapes it."""

import logging
from datetime import date

from reviewloop.adapters.captures import erasures, objects
from reviewloop.adapters.captures.collection import collect
from reviewloop.adapters.lake import places
from reviewloop.errors import PermanentError
from reviewloop.refs import ErasedRef

log = logging.getLogger(__name__)


def erase(by: str, reason: str, **subject: str | int) -> ErasedRef:
    """Erase the subject (an ``Erasure``'s fields) from every captured object, and from the partitions made of them.

    A collection that sees an erasure for the first time reads all of its day and does it; where this is killed, the next one does.
    """
    name, erasure = erasures.ask(by, reason, **subject)
    num, days = 0, []
    for one in objects.days():
        found = collect(one)
        if found.num_erased:
            num += found.num_erased
            days.append(one)
    erasures.done(name, erasure, num)
    log.info("erased for %s (%s): %d reviews on %d days", erasure.by, erasure.reason, num, len(days))
    return ErasedRef(uri=places.erasure(name), by=erasure.by, reason=erasure.reason, num_reviews=num, days=tuple(days))


def day(value: str) -> str:
    """The day as the lake writes it. Raises ``PermanentError`` for one that is none."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise PermanentError(f"day: {value!r} is no day; write YYYY-MM-DD, the day of the review's delivery") from None
