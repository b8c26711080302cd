"""The ledger in the lake: an object an event, written once, each with the digest of the one before.

There is no lock. A number is taken by the first conditional write (``If-None-Match: *``); who comes second reads again and
decides again. So a decision that looks at the events it is given, and at nothing that they cannot tell, holds against every
other writer. One ledger holds the whole lake, whatever the registry calls the model: a misspelt name finds a ledger that knows
another.

The chain tells of every event that is gone, but not of the last ones. So the registry is a witness of how far the ledger went, in a
tag of the registered model that is written after each event. Like the alias it may be behind, by a writer that was killed or that
another overtook: the next one brings it up. It is never ahead of a whole ledger.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import LEDGER_HEAD
from reviewloop.core.release.events import Draft, Event, follow, object_name, read_chain
from reviewloop.core.release.witness import Witness, head_of, parse_witness, require_whole
from reviewloop.errors import ConfigError, PermanentError, ReviewloopError, TransientError
from reviewloop.settings import settings

log = logging.getLogger(__name__)

_MAX_TRIES: Final = 50
"""Writers that may be first, one after the other, before this one gives up for now."""
_FEW: Final = 8
"""Objects that are read one by one; more are read at once."""
_known: dict[tuple[str, str], bytes] = {}
"""What this process has read, by URI and ETag: an event never changes, and one that did has another ETag."""


def now() -> str:
    """The time of an event: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read() -> tuple[Event, ...]:
    """Every event, oldest first. Raises ``PermanentError`` naming the event where one is missing or was changed, also the last."""
    return _read()[0]


def read_unwitnessed() -> tuple[Event, ...]:
    """``read`` without the registry: the newest events may be missing, and nobody says so.

    For those alone who send a challenger back: that must be heard while the registry is away or hangs, and a champion answers.
    """
    return _read_events()


def witness() -> None:
    """Let the registry have seen all events, where a writer was killed before it could."""
    events, seen = _read()
    _tell(events, seen)


def _read() -> tuple[tuple[Event, ...], Witness | None]:
    told = registry.ledger_head()  # before the events: what was seen then must be among them, whoever writes meanwhile
    events = _read_events()
    try:
        seen = parse_witness(told) if told else None
        require_whole(events, seen)
    except PermanentError as error:
        raise PermanentError(
            f"ledger: {error} (MLflow: tag {LEDGER_HEAD!r} of the registered model {settings().registered_model!r}). Restore "
            f"{places.ledger()} from a backup; where the lake was taken back on purpose, delete that tag in MLflow"
        ) from None
    return events, seen


def _tell(events: tuple[Event, ...], seen: Witness | None) -> None:
    head = head_of(events)
    if head is not None and head != seen:
        registry.set_ledger_head(str(head))


def _read_events() -> tuple[Event, ...]:
    prefix = places.ledger()
    found = [(stored.uri, stored.etag) for stored in s3.list_objects(prefix)]
    missing = [key for key in found if key not in _known]
    uris = [uri for uri, _ in missing]
    if len(missing) <= _FEW:
        _known.update(zip(missing, map(s3.read_bytes, uris), strict=True))
    else:
        with ThreadPoolExecutor(16) as pool:
            _known.update(zip(missing, pool.map(s3.read_bytes, uris), strict=True))
    return read_chain({uri.removeprefix(prefix): _known[uri, etag] for uri, etag in found})


def append(decide: Callable[[tuple[Event, ...]], Draft | Event], *, is_witnessed: bool = True) -> Event:
    """Add what ``decide`` makes of all events; returns the event.

    ``decide`` is asked again whenever another writer was first. It returns the event that says the same already where there is
    one, and raises where nothing may be added any more. Without ``is_witnessed`` the registry is not asked, as in
    ``read_unwitnessed``, and has not seen the event: ``witness`` is for the caller to call.
    """
    _require_conditional_writes(places.ledger_probe())
    for _ in range(_MAX_TRIES):
        events, seen = _read() if is_witnessed else (read_unwitnessed(), None)
        wanted = decide(events)
        if isinstance(wanted, Event):
            if is_witnessed:
                _tell(events, seen)
            return wanted
        event = follow(events, wanted, now())
        uri = places.ledger(object_name(event.number))
        if _is_written(uri, event.to_bytes()):
            if is_witnessed:
                _tell((*events, event), seen)
            log.info("ledger: event %d, %s: version %s by %s", event.number, event.kind, event.version, event.by)
            return event
    raise TransientError(f"ledger: {_MAX_TRIES} other writers were first, one after the other")


def append_at_once(decide: Callable[[tuple[Event, ...]], Draft | Event]) -> Event:
    """``append`` for what must not wait for the registry: while that is away, it sees the event with the next one."""
    event = append(decide, is_witnessed=False)
    try:
        witness()
    except ReviewloopError as error:
        log.warning("event %d holds; the registry will see it with the next one: %s", event.number, error)
    return event


def _is_written(uri: str, data: bytes) -> bool:
    """Whether the object holds ``data`` by this write: also where the answer to it was lost on its way."""
    try:
        created = s3.create(uri, data, "application/json")
    except TransientError:
        if s3.exists(uri) and s3.read_bytes(uri) == data:
            return True
        raise
    return created or (s3.exists(uri) and s3.read_bytes(uri) == data)


@lru_cache(maxsize=8)
def _require_conditional_writes(uri: str) -> None:
    """Once a process and lake: a store that ignores the condition would let two writers take one number."""
    s3.create(uri, b"{}", "application/json")
    if s3.create(uri, b"{}", "application/json"):
        raise ConfigError(
            f"{uri}: the store wrote over an object in spite of If-None-Match: *; the ledger needs one that honours "
            "conditional writes, as AWS S3 and MinIO do"
        )
