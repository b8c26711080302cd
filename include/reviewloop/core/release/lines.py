"""The ledger as it is stored, a line an event, for who asks about few of very many: all are checked, few are decoded."""

import json
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, islice
from typing import Final

import msgspec

from reviewloop.core.digests import bytes_digest
from reviewloop.core.release.events import Event, object_name
from reviewloop.errors import PermanentError

_BEFORE: Final = re.compile(rb'\{"at":"[^"]*","before":"([0-9a-f]{64}|)",')
"""How every event begins: its keys are sorted."""
_VERSION: Final = re.compile(rb'(?:null|"[^"]*")\}')
"""How every event ends."""


class Lines:
    """Events 1 to n as stored bytes, a line each.

    Raises ``PermanentError`` that names the first which does not follow the one before. ``believed`` are the digests of the first
    ones, where somebody has checked them already (``sound``).
    """

    def __init__(self, lines: Sequence[bytes], believed: Sequence[str] = ()) -> None:
        num = len(believed)
        num_sound, digests = sound(islice(lines, num, None), believed[-1] if believed else "", num + 1)
        if num + num_sound < len(lines):
            raise PermanentError(
                f"ledger: event {object_name(num + num_sound + 1)} does not follow the one before it, or is no event as it was "
                "written: one of the two was changed; restore it from a backup"
            )
        self._lines = lines
        self._places = {digest: at for at, digest in enumerate((*believed, *digests))}
        self._whole = b"\n".join(lines)
        self._starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        self._known: dict[int, Event] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def stored(self, first: int, last: int) -> Sequence[bytes]:
        """The bytes of the events from place ``first`` (from 0) up to ``last``, that one left out."""
        return self._lines[first:last]

    def where(self, **fields: str) -> tuple[Event, ...]:
        """Events that hold one of these fields with this very value, in themselves or among their facts, in order."""
        return self._decoded(f"{_text(name)}:{_text(value)}" for name, value in fields.items() if value)

    def by_value(self, values: Iterable[str], *names: str, kinds: Collection[str]) -> dict[str, tuple[Event, ...]]:
        """For each of many values what ``where`` gives of it under these fields' names, of events of these kinds alone: the events
        are looked through once."""
        found: dict[str, list[Event]] = {value: [] for value in values}
        field = re.compile(f'"(?:{"|".join(map(re.escape, names))})":("(?:[^"\\\\]|\\\\.)*")'.encode())
        wanted = {_text(value).encode(): value for value in found}
        for at in self._at(map(_kind, kinds)):
            held = wanted.keys() & set(field.findall(self._lines[at]))
            if held and (event := self._event(at)).kind in kinds:
                for said in held:
                    found[wanted[said]].append(event)
        return {value: tuple(events) for value, events in found.items()}

    def beginning(self, name: str, value: str) -> tuple[Event, ...]:
        """Events that hold this field with a value that begins so, in order."""
        return self._decoded([f"{_text(name)}:{_text(value)[:-1]}"])

    def of_kinds(self, *kinds: str) -> tuple[Event, ...]:
        """Events of these kinds, in order."""
        return tuple(event for event in self._decoded(map(_kind, kinds)) if event.kind in kinds)

    def _decoded(self, wanted: Iterable[str]) -> tuple[Event, ...]:
        """Events that hold one of the words, in order."""
        return tuple(map(self._event, self._at(wanted)))

    def _at(self, wanted: Iterable[str]) -> list[int]:
        """Places of the events that hold one of the words: all lines are searched as one text, which is many times as fast as one
        by one."""
        found: set[int] = set()
        for word in (one.encode() for one in wanted):
            at = self._whole.find(word)
            while at >= 0:
                found.add(bisect_right(self._starts, at) - 1)
                at = self._whole.find(word, self._starts[bisect_right(self._starts, at)])
        return sorted(found)

    def _event(self, at: int) -> Event:
        """Decoded once, however often it is asked for."""
        if at not in self._known:
            self._known[at] = Event(**msgspec.json.decode(self._lines[at]))
        return self._known[at]

    def at(self, number: int) -> Event | None:
        """The event of this number, from 1 on."""
        return self._event(number - 1) if 0 < number <= len(self._lines) else None

    def event(self, sha256: str) -> Event | None:
        """The event of this digest."""
        at = self._places.get(sha256)
        return None if at is None else self._event(at)


def _kind(kind: str) -> str:
    """What every event of the kind holds: its keys are sorted. Facts of another may hold it, too."""
    return f',"kind":{_text(kind)},"number":'


def _text(value: str) -> str:
    """As an event writes it."""
    return json.dumps(value, ensure_ascii=False)


def sound(lines: Iterable[bytes], before: str = "", number: int = 1) -> tuple[int, list[str]]:
    """How many of the lines, from the first on, are a chain that goes on from ``before`` with event ``number``; their digests."""
    digests: list[str] = []
    for at, line in enumerate(lines, start=number):
        head = _BEFORE.match(line)
        if head is None or head[1].decode() != before or not _is_number(line, at):
            break
        before = bytes_digest(line)
        digests.append(before)
    return len(digests), digests


def _is_number(line: bytes, number: int) -> bool:
    """Whether the line ends as event ``number`` does: its keys are sorted."""
    said = b',"number":%d,"version":' % number
    at = line.rfind(said)
    return at >= 0 and _VERSION.fullmatch(line, at + len(said)) is not None
