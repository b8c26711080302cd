"""Are the captured requests all there? Every record carries its number, and how many were dropped before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Completeness:
    """Of one spool, from its first record that was found to its last."""

    spool: str
    first: int
    last: int
    kept: int
    dropped: int
    """On purpose, for want of room; the process counted them itself."""

    @property
    def lost(self) -> int:
        """Numbers that are missing and that nobody dropped: of a killed process, or deleted since."""
        return self.last - self.first + 1 - self.kept - self.dropped


def completeness(records: Iterable[Mapping[str, Any]]) -> list[Completeness]:
    """A line a spool, by its name. A record that is there twice counts once; what came before the first or after the last cannot be
    told from these records alone: give all days."""
    found: dict[str, dict[int, int]] = {}
    for record in records:
        found.setdefault(record["spool"], {})[int(record["seq"])] = int(record["dropped"])
    lines = []
    for spool, dropped in sorted(found.items()):
        first, last = min(dropped), max(dropped)
        lines.append(Completeness(spool, first, last, len(dropped), dropped[last] - dropped[first]))
    return lines
