"""What a task does while a service that it needs is away: it waits, without a worker and at no cost in tries.

A retry counts: three of them are gone after minutes, and an outage of ten would need a person for every task that it met. So
``Unavailable`` puts the task to sleep (the UI says "up for reschedule") and it is run again later, for up to ``PATIENCE``.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from airflow.sdk.exceptions import AirflowRescheduleException

from reviewloop.errors import PermanentError, Unavailable
from reviewloop_airflow.notify import notify_warnings

T = TypeVar("T")
log = logging.getLogger(__name__)

PATIENCE: Final = timedelta(hours=12)
"""From the first try on; the half day that a delivery, too, is waited for."""
_FIRST: Final = timedelta(seconds=10)
_LONGEST: Final = timedelta(minutes=5)
_TELL_AT: Final = 5
"""The sleep at which somebody is told: the sixth, five minutes into the outage. Told once."""


HELD: Final = timedelta(minutes=50)
"""How long a worker is held where a task must not begin again; below the hour after which Airflow ends a task."""


@contextmanager
def waiting_out(context: Mapping[str, Any]) -> Iterator[None]:
    """Inside, ``Unavailable`` means: sleep, and run the task again from its start.

    Raises ``AirflowRescheduleException``, which Airflow takes for that; after ``PATIENCE`` a ``PermanentError`` that says so.
    """
    try:
        yield
    except Unavailable as error:
        now, count = datetime.now(UTC), int(context.get("task_reschedule_count") or 0)
        since = context["ti"].get_first_reschedule_date(context) or now
        if now - since >= PATIENCE:
            hours = PATIENCE.total_seconds() / 3600
            raise PermanentError(f"{error}; gave up after {hours:g} hours: clear this task when the service is back") from None
        delay = _delay(count)
        log.warning("%s; asking again in %g s, until %s", error, delay.total_seconds(), f"{since + PATIENCE:%Y-%m-%d %H:%M} UTC")
        if count == _TELL_AT:
            notify_warnings(context, [f"{error}; waits since {since:%H:%M} UTC and goes on by itself"])
        raise AirflowRescheduleException(now + delay) from None


def insisting(call: Callable[[], T]) -> T:
    """Make a call again and again, here and now, until the service answers: for a task that must not be run from its start.

    A person's answer is one: run again, the question would be put again. Raises ``Unavailable`` after ``HELD``.
    """
    begun, count = time.monotonic(), 0
    while True:
        try:
            return call()
        except Unavailable as error:
            delay = _delay(count).total_seconds()
            if time.monotonic() - begun + delay > HELD.total_seconds():
                raise
            log.warning("%s; trying again in %g s", error, delay)
            time.sleep(delay)
            count += 1


def _delay(count: int) -> timedelta:
    return min(_FIRST * 2 ** min(count, 10), _LONGEST)
