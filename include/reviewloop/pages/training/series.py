"""Long series of readings, made short enough to draw: a fine-tune of an hour leaves thousands."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Record = Mapping[str, Any]
"""One line of a JSON Lines file."""
Numbers = NDArray[np.float64]

MAX_POINTS: Final = 240
"""Points of a line or columns of a heat map; a figure has not many more pixels to tell them apart."""


def numbers(records: Sequence[Record], *path: str) -> Numbers:
    """A field of each record; NaN where it is missing or no number. ``path`` leads down into nested records."""
    return np.array([_number(record, path) for record in records], dtype=np.float64)


def _number(record: Record, path: Sequence[str]) -> float:
    value: Any = record
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return number(value)


def number(value: object) -> float:
    """``value`` as a float; NaN when it is no number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def columns(records: Sequence[Record], key: str, inner: str = "") -> Numbers:
    """A field that is a list, as ``(records, longest list)``; of each entry its field ``inner`` where that is given.

    What is missing or no number is NaN.
    """
    lists = [value if isinstance(value := record.get(key), list) else [] for record in records]
    filled = np.full((len(lists), max(map(len, lists), default=0)), np.nan)
    for row, entries in enumerate(lists):
        filled[row, : len(entries)] = numbers(entries, inner) if inner else [number(entry) for entry in entries]
    return filled


def highest(values: Numbers) -> float:
    """The largest finite value; NaN when there is none."""
    return float(np.max(values[np.isfinite(values)], initial=-np.inf)) if np.isfinite(values).any() else float("nan")


def middle(values: Numbers) -> float:
    """The median of the finite values; NaN when there is none."""
    return float(np.median(values[np.isfinite(values)])) if np.isfinite(values).any() else float("nan")


@dataclass(frozen=True)
class Thinned:
    """Readings merged with their neighbours: ``(m,)`` where each group starts and ends, ``(m, k)`` what it holds.

    The groups lie end to end. A pause is a group of its own, and NaN; so is a group without one finite reading.
    """

    start: Numbers
    end: Numbers
    middle: Numbers
    """Where a line puts each group: the mean of its readings' places."""
    mean: Numbers
    low: Numbers
    high: Numbers


def thin(x: Numbers, values: Numbers, pauses: Sequence[tuple[float, float]] = (), most: int = MAX_POINTS) -> Thinned:
    """About ``most`` groups of equal count, in the order of ``x``. ``values`` is ``(n,)`` or ``(n, k)``.

    Each pause, from and to, parts the readings before its middle from those after it: no group spans it.
    """
    if not len(x):
        nothing = np.empty((0, 1))
        return Thinned(x, x, x, nothing, nothing, nothing)
    order = np.argsort(x, kind="stable")
    x, values = x[order], np.where(np.isfinite(values), values, np.nan).reshape(len(x), -1)[order]
    size = math.ceil(len(x) / most)
    usual = float(np.median(np.diff(x))) if len(x) > 1 else 1.0
    breaks = sorted(set(np.searchsorted(x, [(before + after) / 2 for before, after in pauses]).tolist()) - {0, len(x)})
    groups: list[Thinned] = []
    for first, last in zip([0, *breaks], [*breaks, len(x)], strict=True):
        if groups:
            groups.append(_pause(min(float(groups[-1].end[-1]), float(x[first])), float(x[first]), values.shape[1]))
        groups.append(_merged(x[first:last], values[first:last], size, usual))
    return Thinned(*(np.concatenate([getattr(group, one.name) for group in groups]) for one in fields(Thinned)))


def _merged(x: Numbers, values: Numbers, size: int, usual: float) -> Thinned:
    """Groups of ``size`` neighbours without a pause; the last one ends after the ``usual`` distance of two readings."""
    firsts = np.arange(0, len(x), size)
    start = x[firsts]
    middle = np.add.reduceat(x, firsts) / np.diff(firsts, append=len(x))
    finite = np.isfinite(values)
    with np.errstate(invalid="ignore"):  # nothing finite: 0 / 0 is the NaN that is meant
        mean = np.add.reduceat(np.where(finite, values, 0.0), firsts) / np.add.reduceat(finite.astype(np.float64), firsts)
        low, high = np.fmin.reduceat(values, firsts), np.fmax.reduceat(values, firsts)
    return Thinned(start, np.append(start[1:], x[-1] + usual), middle, mean, low, high)


def _pause(before: float, after: float, num_columns: int) -> Thinned:
    nothing = np.full((1, num_columns), np.nan)
    return Thinned(np.array([before]), np.array([after]), np.array([(before + after) / 2]), nothing, nothing, nothing)
