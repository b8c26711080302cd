"""Days of requests that are to be watched."""

from datetime import UTC, datetime, timedelta
from typing import Final

from reviewloop.adapters.monitoring import response
from reviewloop.errors import NothingToDo
from reviewloop.refs import CapturesRef

_DAYS_BACK: Final = 7
"""What was not watched within a week is of another time."""


def find_traffic(captures: CapturesRef) -> list[str]:
    """The collected days that are over (UTC) and were not watched yet, of the last week, in order.

    A day is watched once: what a machine ships later of it changes the table, and its verdict no more. Raises ``NothingToDo`` where
    there is none.
    """
    today = datetime.now(UTC).date()
    oldest = str(today - timedelta(days=_DAYS_BACK))
    watched = {vote.day for vote in response.read().votes if vote.source == "endpoint"}
    found = sorted(one.day for one in captures.days if oldest <= one.day < str(today) and one.day not in watched)
    if not found:
        raise NothingToDo("no day of requests is over that was not watched yet")
    return found
