"""One event of the ledger: its form, its bytes, and how it follows the one before.

The bytes are JSON as RFC 8785 (JSON Canonicalization Scheme) writes it, over a narrower set of values: no number but whole ones
that a double holds exactly, no key but ASCII. For these Python's own writer gives the very bytes of the scheme; a measured
number is written as text.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from reviewloop.core.digests import bytes_digest
from reviewloop.errors import PermanentError

NOBODY: Final = "nobody"
"""Who answered a question that nobody answered in time."""
MAX_NUMBER: Final = 2**53 - 1
"""The largest whole number of which every double is told from its neighbours."""
_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")
_KIND: Final = re.compile(r"[a-z]+(_[a-z]+)*")


def person(name: str) -> str:
    """A person as the ledger names one. Raises ``PermanentError`` for a blank name."""
    if not name.strip():
        raise PermanentError(f"by: {name!r} names nobody; give the name of the person who decides")
    return f"person:{' '.join(name.split())}"


def program(name: str) -> str:
    """A part of this loop as the ledger names one: no person can have its name."""
    return f"program:{name}"


@dataclass(frozen=True)
class Draft:
    """What is to be told. ``version`` and ``digest`` (of the model's files) name the subject, where the event has one.

    ``by`` is a ``person``, a ``program`` or ``NOBODY``. ``kind`` is a word that the reader may not know: what it does not know
    says nothing to it.
    """

    kind: str
    by: str
    version: str | None = None
    digest: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Event(Draft):
    """An event in its place. ``number`` counts from 1, ``before`` is the SHA-256 of the event before (empty: the first).

    ``at`` is what the writer's clock said (ISO 8601, UTC). Clocks go back: the order is that of the numbers alone.
    """

    number: int = 0
    before: str = ""
    at: str = ""

    def to_bytes(self) -> bytes:
        """As it is stored."""
        return canonical(vars(self))

    @property
    def sha256(self) -> str:
        """Of the stored bytes, in hex: the name of the event in later ones."""
        return bytes_digest(self.to_bytes())


def canonical(value: Any) -> bytes:
    """The value as RFC 8785 JSON. Raises ``ValueError`` that names what the ledger cannot hold."""
    _check(value, "event")
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _check(value: Any, place: str) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if _HALF_PAIR.search(value):
            raise ValueError(f"{place}: half of a surrogate pair is no text")
    elif isinstance(value, int):
        if abs(value) > MAX_NUMBER:
            raise ValueError(f"{place}: {value} is beyond 2^53; write it as text")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not (isinstance(key, str) and _KEY.fullmatch(key)):
                raise ValueError(f"{place}: the key {key!r} is not an ASCII word")
            _check(inner, f"{place}.{key}")
    elif isinstance(value, (list, tuple)):
        for at, inner in enumerate(value):
            _check(inner, f"{place}[{at}]")
    else:
        raise ValueError(f"{place}: {value!r} is a {type(value).__name__}; a ledger holds text, whole numbers, lists and mappings")


def follow(events: tuple[Event, ...], draft: Draft, at: str) -> Event:
    """The draft as the event after ``events``. Raises ``ValueError`` for one that the ledger cannot hold."""
    if not _KIND.fullmatch(draft.kind):
        raise ValueError(f"event.kind: {draft.kind!r} is not a word such as 'rolled_back'")
    last = events[-1] if events else None
    event = Event(**vars(draft), number=last.number + 1 if last else 1, before=last.sha256 if last else "", at=at)
    event.to_bytes()
    return event


def read_chain(stored: Mapping[str, bytes]) -> tuple[Event, ...]:
    """Events by their objects' names (``00000001.json``), in order.

    Raises ``PermanentError`` that names the event which is missing, is not what was written, or does not follow the one before.
    """
    events: list[Event] = []
    before = ""
    for number, name in enumerate(sorted(stored), start=1):
        if name != object_name(number):
            raise PermanentError(f"ledger: event {object_name(number)} is missing before {name}; restore it from a backup")
        event = _read(name, stored[name])
        if (event.number, event.before) != (number, before):
            raise PermanentError(
                f"ledger: event {name} does not follow the one before it (it names {event.before[:16] or 'none'} as that one's "
                f"digest, which is {before[:16] or 'none'}): one of the two was changed; restore it from a backup"
            )
        events.append(event)
        before = bytes_digest(stored[name])
    return tuple(events)


def object_name(number: int) -> str:
    """The name of the object that holds the event: names and numbers have the same order."""
    return f"{number:08d}.json"


@lru_cache(maxsize=100_000)
def _read(name: str, data: bytes) -> Event:
    try:
        event = Event(**json.loads(data))
        whole = event.to_bytes() == data
    except (ValueError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise PermanentError(f"ledger: event {name} is not an event as it was written; restore it from a backup")
    return event
