"""The ledger as it is stored, a line an event, for who asks about few of very many: all are checked, few are decoded."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

from reviewloop.core.digests import bytes_digest
from reviewloop.core.release.events import Event, object_name
from reviewloop.errors import PermanentError

_BEFORE: Final = re.compile(rb'\{"at":"[^"]*","before":"([0-9a-f]{64}|)",')
"""How every event begins: its keys are sorted."""
_NUMBER: Final = re.compile(rb',"number":(\d+),"version":(?:null|"[^"]*")\}')
"""How every event ends."""


class Lines:
    """Events 1 to n as stored bytes. Raises ``PermanentError`` that names the first event which does not follow the one before."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        num_sound, digests = sound(lines)
        if num_sound < len(lines):
            raise PermanentError(
                f"ledger: event {object_name(num_sound + 1)} does not follow the one before it, or is no event as it was written: "
                "one of the two was changed; restore it from a backup"
            )
        self._lines = lines
        self._places = {digest: at for at, digest in enumerate(digests)}

    def __len__(self) -> int:
        return len(self._lines)

    def stored(self, first: int, last: int) -> Sequence[bytes]:
        """The bytes of the events from place ``first`` (from 0) up to ``last``, that one left out."""
        return self._lines[first:last]

    def where(self, **fields: str) -> tuple[Event, ...]:
        """Events that hold one of these fields with this very value, in themselves or among their facts, in order."""
        return self._decoded(f"{_text(name)}:{_text(value)}" for name, value in fields.items() if value)

    def beginning(self, name: str, value: str) -> tuple[Event, ...]:
        """Events that hold this field with a value that begins so, in order."""
        return self._decoded([f"{_text(name)}:{_text(value)[:-1]}"])

    def of_kinds(self, *kinds: str) -> tuple[Event, ...]:
        """Events of these kinds, in order."""
        return self._decoded(f',"kind":{_text(kind)},"number":' for kind in kinds)

    def _decoded(self, wanted: Iterable[str]) -> tuple[Event, ...]:
        words = [one.encode() for one in wanted]
        return tuple(_event(line) for line in self._lines if any(word in line for word in words))

    def at(self, number: int) -> Event | None:
        """The event of this number, from 1 on."""
        return _event(self._lines[number - 1]) if 0 < number <= len(self._lines) else None

    def event(self, sha256: str) -> Event | None:
        """The event of this digest."""
        at = self._places.get(sha256)
        return None if at is None else _event(self._lines[at])


def _text(value: str) -> str:
    """As an event writes it."""
    return json.dumps(value, ensure_ascii=False)


def sound(lines: Iterable[bytes], before: str = "", number: int = 1) -> tuple[int, list[str]]:
    """How many of the lines, from the first on, are a chain that goes on from ``before`` with event ``number``; their digests."""
    digests: list[str] = []
    for line in lines:
        head, tail = _BEFORE.match(line), _NUMBER.search(line, max(0, line.rfind(b',"number":')))
        if head is None or tail is None or head[1].decode() != before or int(tail[1]) != number + len(digests):
            break
        before = bytes_digest(line)
        digests.append(before)
    return len(digests), digests


def _event(line: bytes) -> Event:
    return Event(**json.loads(line))
