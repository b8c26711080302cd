"""How far the ledger went, as somebody outside of it has seen: without its last events a chain is a sound chain all the same."""

import re
from dataclasses import dataclass
from typing import Final

from reviewloop.core.release.events import Event
from reviewloop.errors import PermanentError

_TEXT: Final = re.compile(r"([1-9]\d*) ([0-9a-f]{64})")


@dataclass(frozen=True)
class Witness:
    """The number and the SHA-256 (hex) of an event that stood in the ledger."""

    number: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.number} {self.sha256}"


def head_of(events: tuple[Event, ...]) -> Witness | None:
    """The ledger's last event; None where it is empty."""
    return Witness(events[-1].number, events[-1].sha256) if events else None


def parse_witness(text: str) -> Witness:
    """The way back from ``str``. Raises ``PermanentError`` for anything else: what cannot be read witnesses nothing."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise PermanentError(f"{text[:80]!r} was kept as its last event, not a number and a digest")
    return Witness(int(match[1]), match[2])


def require_whole(events: tuple[Event, ...], seen: Witness | None) -> None:
    """Raises ``PermanentError`` where what was seen is not in the ledger. A ledger that went on since is whole."""
    if seen is None:
        return
    if seen.number > len(events):
        raise PermanentError(f"it ends at event {len(events)}, but event {seen.number} was seen: the newest are gone")
    if events[seen.number - 1].sha256 != seen.sha256:
        raise PermanentError(f"event {seen.number} is another than the one that was seen: it was replaced")
