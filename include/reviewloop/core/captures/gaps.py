"""Are the captured requests all there? Every record carries its number, and how many were dropped before it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Span:
    """What was found of one spool in one place, such as a day: numbers from ``first`` to ``last``, ``kept`` of them.

    ``dropped_first`` and ``dropped_last`` are what these two records said that had been dropped before them.
    """

    spool: str
    first: int
    last: int
    kept: int
    dropped_first: int
    dropped_last: int


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


def spans(records: Iterable[Mapping[str, Any]]) -> list[Span]:
    """A line a spool, by its name. A record that is there twice counts once."""
    found = {(record["spool"], int(record["seq"])): int(record["dropped"]) for record in records}
    return spans_in_order((spool, seq, dropped) for (spool, seq), dropped in sorted(found.items()))


def spans_in_order(numbers: Iterable[tuple[str, int, int]]) -> list[Span]:
    """``spans`` of records told as (spool, number, dropped before it), each once, by spool and number."""
    lines: list[Span] = []
    for spool, seq, dropped in numbers:
        if lines and lines[-1].spool == spool:
            lines[-1] = replace(lines[-1], last=seq, kept=lines[-1].kept + 1, dropped_last=dropped)
        else:
            lines.append(Span(spool, seq, seq, 1, dropped, dropped))
    return lines


def over(places: Iterable[Span]) -> list[Completeness]:
    """A line a spool over places that share no record, such as days: what is missing between two of them is seen too."""
    found: dict[str, list[Span]] = {}
    for span in places:
        found.setdefault(span.spool, []).append(span)
    lines = []
    for spool, parts in sorted(found.items()):
        first, last = min(parts, key=lambda part: part.first), max(parts, key=lambda part: part.last)
        kept = sum(part.kept for part in parts)
        lines.append(Completeness(spool, first.first, last.last, kept, last.dropped_last - first.dropped_first))
    return lines


def completeness(records: Iterable[Mapping[str, Any]]) -> list[Completeness]:
    """A line a spool, by its name. A record that is there twice counts once; what came before the first or after the last cannot be
    told from these records alone: give all days."""
    return over(spans(records))
