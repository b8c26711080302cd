"""A simple random sample of rows that pass by once: of a day, and of many days that were read apart.

Vitter's problem (ACM Transactions on Mathematical Software 11, 1985) with draws by hash in the place of a generator: the ``size``
smallest draws are kept. The smallest of all days are the smallest of what each day kept, so that reservoirs merge, in any order,
each day with the weight of its rows: Cohen and Kaplan, "Summarizing data using bottom-k sketches", 2007.
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from reviewloop.core.dataset.splits import fraction
from reviewloop.core.sampling.sample import Sample
from reviewloop.errors import PermanentError

T = TypeVar("T")


@dataclass
class Reservoir(Generic[T]):
    """At most ``size`` rows of all that were offered, by ``seed``. Memory is that of ``size`` rows and of one number a day."""

    size: int
    seed: int
    num_offered: dict[str, int] = field(default_factory=dict)
    """Rows offered of each day, taken or not."""
    _kept: list[tuple[float, str, T]] = field(default_factory=list)
    """A heap by (minus the draw, key): its first is the largest draw that is kept, the next to leave."""
    _keys: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.size < 1:
            raise PermanentError(f"sampling reservoir: size {self.size} must be at least 1")

    def offer(self, day: str, rows: Iterable[tuple[str, T]]) -> None:
        """Let the rows of one day pass by: (key, row). A day is offered once, with keys of its own.

        Raises ``PermanentError`` for a day that was offered before (its rows would count twice), and for a repeated key that is
        to be kept. One that is not would need all keys to be remembered: it is counted twice.
        """
        if day in self.num_offered:
            raise PermanentError(f"sampling reservoir: the day {day} was offered before; its rows would count twice")
        num_rows = 0
        for key, row in rows:
            self._consider(fraction(key, f"sample {self.seed}"), key, row)
            num_rows += 1
        self.num_offered[day] = num_rows

    def _consider(self, draw: float, key: str, row: T) -> None:
        if len(self._kept) == self.size and -draw < self._kept[0][0]:
            return
        if key in self._keys:
            raise PermanentError(f"sampling reservoir: the key {key!r} was offered twice; a row needs one of its own")
        self._keys.add(key)
        if len(self._kept) < self.size:
            heapq.heappush(self._kept, (-draw, key, row))
        else:
            self._keys.discard(heapq.heappushpop(self._kept, (-draw, key, row))[1])

    @property
    def inclusion(self) -> float:
        """How likely each offered row was to be kept: equal for all, of whatever day. 0 before the first row."""
        whole = sum(self.num_offered.values())
        return min(self.size / whole, 1.0) if whole else 0.0

    def rows(self) -> list[tuple[str, T]]:
        """What is kept, by key."""
        return sorted(((key, row) for _, key, row in self._kept), key=lambda kept: kept[0])

    def merged(self, other: "Reservoir[T]") -> "Reservoir[T]":
        """The reservoir of both's days. Raises ``PermanentError`` for another size or seed, or a day that both were offered."""
        if (self.size, self.seed) != (other.size, other.seed):
            raise PermanentError(
                f"sampling reservoir: size {self.size} and seed {self.seed} do not merge with "
                f"size {other.size} and seed {other.seed}"
            )
        if both := sorted(self.num_offered.keys() & other.num_offered.keys()):
            raise PermanentError(f"sampling reservoir: the day {both[0]} is in both; its rows would count twice")
        union = Reservoir[T](self.size, self.seed, {**self.num_offered, **other.num_offered})
        for draw, key, row in (*self._kept, *other._kept):
            union._consider(-draw, key, row)
        return union


def reservoir(days: Mapping[str, Iterable[str]], size: int, seed: int) -> Sample:
    """A reservoir over rows that are all at hand: ``days`` has the keys of each; places count the rows in the days' order.

    With as many rows as ``size`` or fewer all are taken, each for certain.
    """
    kept, start = Reservoir[int](size, seed), 0
    for day, keys in days.items():
        kept.offer(day, ((key, start + place) for place, key in enumerate(keys)))
        start += kept.num_offered[day]
    places = np.sort(np.array([place for _, place in kept.rows()], dtype=np.int64))
    inclusion = np.full(len(places), kept.inclusion)
    return Sample("reservoir", places, start, inclusion, 1 / inclusion)
