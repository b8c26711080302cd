"""What luck does: days and references drawn from the champion's own reference, and how rarely each statistic is so large there."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reviewloop.core.monitoring.drift.feature_map import FeatureMap, Features, Matrix
from reviewloop.core.monitoring.drift.signals import Means, Signal, statistic

Floats = NDArray[np.float64]
METHOD: Final = 1
"""Counts up when a signal or a statistic changes: what was simulated before is then not true of it."""
_CHUNK_CELLS: Final = 4_000_000
"""Draws times rows that are held at once: 32 MB."""
_TAIL: Final = 0.02
"""Share of the draws that tell how a statistic's tail falls."""
_STEP: Final = 1.05
"""Between two numbers of rows that have a null of their own."""


@dataclass(frozen=True)
class Tail:
    """How rare values of one statistic are: from ``low`` to ``start`` on a straight line, beyond it the chance falls exponentially.

    Any increasing map of a statistic keeps the level of the decision, which ``maxima`` of the same map give; this one makes signals
    alike in how rare they are, so that none drowns the others. The excesses over a high threshold: Pickands (1975).
    """

    low: float
    start: float
    share: float
    scale: float

    def rarity(self, values: Floats) -> Floats:
        """Minus the decimal logarithm of the chance of so large a value: 0 for the smallest. Minus infinity stays, and is all that
        a statistic has that never varied: nobody knows how rare a value of it is."""
        if not self.share:
            return np.full_like(values, -np.inf)
        most = -math.log10(self.share)
        finite = np.maximum(values, self.low)
        body = most * (finite - self.low) / (self.start - self.low) if self.start > self.low else np.zeros_like(values)
        excess = np.maximum(finite - self.start, 0)
        beyond = most + excess / (self.scale * math.log(10))
        found: Floats = np.where(np.isneginf(values), -np.inf, np.where(values > self.start, beyond, body))
        return found


@dataclass(frozen=True)
class Null:
    """Of ``num_rows`` rows, ``num_rated`` of them rated: each signal's tail; the largest weighted rarity of each draw, sorted."""

    num_rows: int
    num_rated: int
    tails: Mapping[str, Tail]
    maxima: Floats

    def rarity(self, signal: Signal, values: Floats) -> Floats:
        """Of values of a signal's statistic, less what its weight costs it."""
        return self.tails[signal.key].rarity(values) + math.log10(signal.weight)

    def chance(self, rarity: float) -> float:
        """Of any signal as rare as this, (1 + k) / (1 + B): single-step max-T of Westfall and Young (1993), over the joint null.

        The count of the observed value itself keeps it over 0: Phipson and Smyth (2010).
        """
        num_beyond = len(self.maxima) - int(np.searchsorted(self.maxima, rarity, side="left"))
        return (1 + num_beyond) / (1 + len(self.maxima))

    def threshold(self, alpha: float) -> float:
        """The rarity beyond which (not at which) ``chance`` is at most ``alpha``."""
        num_beyond = math.floor(alpha * (1 + len(self.maxima)) + 1e-9) - 1
        return float(self.maxima[-num_beyond - 1]) if num_beyond >= 0 else math.inf

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; ``from_json`` reads them."""
        tails = {key: asdict(tail) for key, tail in self.tails.items()}
        return {"num_rows": self.num_rows, "num_rated": self.num_rated, "tails": tails, "maxima": self.maxima.round(6).tolist()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Null":
        """The inverse of ``as_json``."""
        tails = {key: Tail(**tail) for key, tail in data["tails"].items()}
        return cls(data["num_rows"], data["num_rated"], tails, np.array(data["maxima"], dtype=np.float64))


def grid_rows(num_rows: int) -> int:
    """The largest number of a grid of steps of about 5 % that is not above: fewer rows vary more, which keeps the level."""
    if num_rows < 1:
        return 0
    step = math.floor(math.log(num_rows) / math.log(_STEP) + 1e-9)
    return next(rows for rows in (math.ceil(_STEP**one) for one in range(step, -1, -1)) if rows <= num_rows)


def simulate(
    map_: FeatureMap, reference: Features, num_rows: int, num_rated: int, min_slice_rows: int, num_draws: int, seed: int
) -> Null:
    """Draw ``num_draws`` pairs of a day and a reference, with replacement, from the reference's rows and two made-up ones.

    Both are drawn (Efron and Tibshirani, An introduction to the bootstrap, 1993, 16.2): the reference is a sample, too. All signals
    see the same draws, so that their joint null is known. Of a draw the first ``num_rated`` rows are those that are rated; the
    reference's rows must all be, or none.
    """
    pool = _with_made_up(map_, reference)
    num_pool, num_reference = len(pool.plain), len(reference.plain)
    has_labels = num_rated > 0 and len(reference.rated) == num_reference
    judged = [signal for signal in map_.signals if has_labels or signal.block != "rated"]
    rng, size = np.random.default_rng([seed, num_rows, num_rated]), max(1, _CHUNK_CELLS // max(num_pool, num_rows))
    found = []
    for start in range(0, num_draws, size):
        draws = min(size, num_draws - start)
        day = drawn(rng, pool, num_rows, num_rated if has_labels else 0, draws)
        other = drawn(rng, pool, num_reference, num_reference if has_labels else 0, draws)
        found.append(np.stack([statistic(signal, day, other, min_slice_rows) for signal in judged]))
    statistics = np.hstack(found)
    tails = {signal.key: _tail(values) for signal, values in zip(judged, statistics, strict=True)}
    null = Null(num_rows, num_rated if has_labels else 0, tails, np.zeros(0))
    weighted = [null.rarity(signal, values) for signal, values in zip(judged, statistics, strict=True)]
    return replace(null, maxima=np.sort(np.max(weighted, axis=0)))


def drawn(rng: np.random.Generator, pool: Features, num_rows: int, num_rated: int, num_draws: int) -> Means:
    """Means of ``num_draws`` samples of ``num_rows`` rows, with replacement, of which ``num_rated`` are rated; all of ``pool``'s
    rows are, or none. Even and odd rows are the halves, as in ``Features.half``.
    """
    num_pool = len(pool.plain)
    sizes = [(num_rows + 1 - half) // 2 for half in (0, 1)]
    num_rated_in = [(num_rated + 1 - half) // 2 for half in (0, 1)]
    are_rated = [_counts(rng, num_pool, size, num_draws) for size in num_rated_in]
    halves = [
        counts if size == num_in else counts + _counts(rng, num_pool, size - num_in, num_draws)
        for counts, size, num_in in zip(are_rated, sizes, num_rated_in, strict=True)
    ]
    of_halves = np.stack([counts @ pool.halved / max(size, 1) for counts, size in zip(halves, sizes, strict=True)])
    of_rated = sum(are_rated) @ pool.rated / max(num_rated, 1)
    return Means(sum(halves) @ pool.plain / num_rows, of_rated, of_halves, num_rows, num_rated)


def _with_made_up(map_: FeatureMap, reference: Features) -> Features:
    plain, rated, halved = map_.made_up(reference)
    return Features(
        np.vstack([reference.plain, plain]),
        np.vstack([reference.rated, rated]),
        np.vstack([reference.halved, halved]),
        np.arange(len(reference.plain) + 2) % 2,
    )


def _counts(rng: np.random.Generator, num_pool: int, num_rows: int, num_draws: int) -> Matrix:
    """How often each of the pool's rows is in each sample, (num_draws, num_pool)."""
    if num_rows == 0:
        return np.zeros((num_draws, num_pool), dtype=np.float32)
    if num_rows > 20 * num_pool:
        return rng.multinomial(num_rows, np.full(num_pool, 1 / num_pool), size=num_draws).astype(np.float32)
    places = rng.integers(num_pool, size=(num_draws, num_rows)) + num_pool * np.arange(num_draws)[:, np.newaxis]
    counts = np.bincount(places.ravel(), minlength=num_draws * num_pool)
    return counts.reshape(num_draws, num_pool).astype(np.float32)


def _tail(values: Floats) -> Tail:
    known = values[~np.isneginf(values)]
    if not len(known):
        return Tail(0.0, 0.0, 0.0, 0.0)
    low, start = float(known.min()), float(np.quantile(known, 1 - _TAIL, method="higher"))
    excess = known[known > start] - start
    share = len(excess) / len(values)
    return Tail(low, start, share, float(excess.mean()) if len(excess) else 0.0)
