"""How the champion did on the reviews of a day whose labels are known, and whether that is worse than on the sealed ones.

Ratings come late, and from whom they come is no accident: every mark says of how many of its reviews the labels have arrived.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

import numpy as np

from reviewloop.config import LiveQualityConfig
from reviewloop.core.monitoring.quality.estimated import Mark
from reviewloop.core.monitoring.quality.marks import MARKS, marks
from reviewloop.core.monitoring.quality.slices import Groups
from reviewloop.core.statistics.bootstrap import percentiles
from reviewloop.core.statistics.metrics import NUM_CLASSES, Floats, Ints

TESTED: Final = "macro_f1"
Standing = Literal["worse", "no worse", "not enough evidence"]


@dataclass(frozen=True)
class DayCounts:
    """A day as one version answered it: counts of (label, answer) of the rated reviews, shape (3, 3), and how many there were in
    all."""

    day: str
    model_version: str
    counts: tuple[tuple[int, ...], ...]
    num_rows: int
    groups: Groups = field(default_factory=dict)
    """The same by group, where it is known."""

    @property
    def matrix(self) -> Ints:
        """The counts, shape (3, 3)."""
        return np.array(self.counts, dtype=np.int64).reshape(NUM_CLASSES, NUM_CLASSES)


@dataclass(frozen=True)
class Realised:
    """The marks of one or more pooled days, each with its 95 % interval, and how many of the reviews they are of."""

    marks: tuple[Mark, ...]
    num_rows: int
    num_rated: int
    labels_arrived: float
    is_provisional: bool
    """Fewer labels have arrived than a verdict needs: it will be replaced."""


@dataclass(frozen=True)
class Fall:
    """Macro-F1 of the last ``num_days`` days below the sealed one, reweighed to the days' mix of classes."""

    num_days: int
    num_rated: int
    labels_arrived: float
    live: float
    sealed: float
    fall: float
    low: float
    high: float
    """The ends of the fall's 95 % interval, with the chance of the days' rows and of the sealed ones."""
    chance: float
    """Of such a fall or a larger one, were the champion as good as it was (one-sided)."""
    standing: Standing
    is_provisional: bool

    def __str__(self) -> str:
        over = "the day" if self.num_days == 1 else f"the last {self.num_days} days"
        if np.isnan(self.fall):
            return f"{self.standing}: {self.num_rated} rated reviews of {over}"
        told = f"live macro-F1 of {over} {self.live:.3f}, sealed {self.sealed:.3f} at the same mix of classes"
        why = f"fall {self.fall:.3f}, {self.low:.3f} to {self.high:.3f}, by luck {self.chance:.2g}"
        early = f"; provisional: {self.labels_arrived:.0%} of the labels have arrived" if self.is_provisional else ""
        return f"{self.standing}: {told} ({why}){early}"

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def put(kept: Iterable[DayCounts], new: DayCounts) -> tuple[DayCounts, ...]:
    """``kept`` with ``new`` in the place of what was known of its day and version: replaced, never appended. Ordered by day."""
    others = [one for one in kept if (one.day, one.model_version) != (new.day, new.model_version)]
    return tuple(sorted([*others, new], key=lambda one: (one.day, one.model_version)))


def last_days(kept: Iterable[DayCounts], newest: DayCounts, num_days: int) -> tuple[DayCounts, ...]:
    """The up to ``num_days`` days until ``newest``, as its version answered them. Raises ``ValueError`` for a day that stands
    twice."""
    found = sorted((one for one in put(kept, newest) if one.model_version == newest.model_version), key=lambda one: one.day)
    names = [one.day for one in found]
    if len(set(names)) < len(names):
        raise ValueError(f"a day of version {newest.model_version} stands twice among {', '.join(names)}")
    return tuple(one for one in found if one.day <= newest.day)[-num_days:]


def realised(days: Sequence[DayCounts], limits: LiveQualityConfig) -> Realised:
    """The marks of the ``days``, pooled; the intervals are bootstrap percentiles of the counts."""
    counts, num_rows = _pooled(days)
    num_rated = int(counts.sum())
    arrived = num_rated / num_rows if num_rows else 0.0
    found = marks(counts)
    drawn = {}
    if num_rated:
        rng = np.random.default_rng(limits.seed)
        several = rng.multinomial(num_rated, counts.ravel() / num_rated, size=limits.num_draws)
        drawn = marks(several.reshape(-1, NUM_CLASSES, NUM_CLASSES))
    told = [_mark(name, float(found[name]), drawn.get(name)) for name in MARKS]
    return Realised(tuple(told), num_rows, num_rated, arrived, arrived < limits.min_labels_arrived)


def falls(kept: Iterable[DayCounts], newest: DayCounts, sealed: Ints, limits: LiveQualityConfig) -> tuple[Fall, ...]:
    """Of each of ``limits.windows``: the day alone, and the last days pooled. ``sealed`` are the counts of the champion's
    evaluation.

    ``alpha`` is shared among the windows. A window with no more days than a smaller one is left out.
    """
    found: list[Fall] = []
    for place, size in enumerate(sorted(limits.windows)):
        days = last_days(kept, newest, size)
        if found and len(days) <= found[-1].num_days:
            continue
        found.append(_fall(days, sealed, limits, np.random.default_rng([limits.seed, place])))
    return tuple(found)


def _fall(days: Sequence[DayCounts], sealed: Ints, limits: LiveQualityConfig, rng: np.random.Generator) -> Fall:
    counts, num_rows = _pooled(days)
    num_rated = int(counts.sum())
    arrived = num_rated / num_rows if num_rows else 0.0
    early = arrived < limits.min_labels_arrived
    if num_rated < limits.min_rated:
        nan = float("nan")
        return Fall(len(days), num_rated, arrived, nan, nan, nan, nan, nan, nan, "not enough evidence", early)
    support = counts.sum(axis=1)
    live, before = _tested(counts), _tested(_reweighed(sealed, support))
    pooled = (counts + sealed) / np.maximum((counts + sealed).sum(axis=1, keepdims=True), 1)
    under_null = _drawn_fall(pooled, pooled, support, sealed.sum(axis=1), limits.num_draws, rng)
    as_seen = _drawn_fall(_rates(counts), _rates(sealed), support, sealed.sum(axis=1), limits.num_draws, rng)
    fall = float(before - live)
    chance = float((1 + (under_null >= fall - 1e-12).sum()) / (1 + len(under_null)))
    low, high = percentiles(as_seen)
    is_worse = chance <= limits.alpha / len(limits.windows) and fall >= limits.min_fall
    standing: Standing = "worse" if is_worse else "no worse" if high <= limits.max_fall else "not enough evidence"
    return Fall(len(days), num_rated, arrived, float(live), float(before), fall, low, high, chance, standing, early)


def _pooled(days: Sequence[DayCounts]) -> tuple[Ints, int]:
    empty = np.zeros((NUM_CLASSES, NUM_CLASSES), dtype=np.int64)
    return np.sum([empty, *(one.matrix for one in days)], axis=0), sum(one.num_rows for one in days)


def _rates(counts: Ints) -> Floats:
    return np.asarray(counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1))


def _reweighed(sealed: Ints, support: Ints) -> Floats:
    """The sealed counts as if its classes had had the rows ``support``, shape (3,): shape as ``sealed``."""
    return np.asarray(_rates(sealed) * support[:, np.newaxis])


def _tested(counts: Ints | Floats) -> Floats:
    return marks(counts)[TESTED]


def _drawn_fall(live: Floats, sealed: Floats, support: Ints, num_sealed: Ints, num_draws: int, rng: np.random.Generator) -> Floats:
    """Falls, shape (num_draws,), where each class's answers are drawn anew on both sides."""

    def draw(rates: Floats, rows: Ints) -> Ints:
        found = [rng.multinomial(num, rate / max(rate.sum(), 1e-12) if num else [1, 0, 0], size=num_draws)
                 for rate, num in zip(rates, rows, strict=True)]  # fmt: skip
        return np.stack(found, axis=1)

    return _tested(_reweighed(draw(sealed, num_sealed), support)) - _tested(draw(live, support))


def _mark(name: str, value: float, drawn: Floats | None) -> Mark:
    low, high = percentiles(drawn) if drawn is not None else (float("nan"), float("nan"))
    return Mark(name, *(None if np.isnan(one) else one for one in (value, low, high)))
