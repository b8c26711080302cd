"""How sure a post-training measure is: bootstrap intervals and the evidence that it lies beyond a limit.

The measures depend on the rows only through the counts of (side, stratum, label, prediction), so drawing rows with replacement
is drawing those counts from a multinomial. The rest is as before training (``core.bias.estimates``), but for what is added before
drawing: each side gets as many rows more as there are pairs of label and prediction (9), spread as the rows of both sides are.
A pair that a small group happens to lack is then not lacking in every resample, and what is added pulls the sides together,
never apart: it cannot make a bias that is not there.
"""

import math
from typing import Final

import numpy as np

from reviewloop.core.bias.after.measures import COLUMNS, Counts, Values, generalized_entropy, measure_all
from reviewloop.core.bias.estimates import Estimate
from reviewloop.core.reviews import SENTIMENTS

_NAMES: Final = np.array([name for name, _ in COLUMNS])
_IS_RATIO: Final = _NAMES == "DI"
_IS_SHARE: Final = np.isin(_NAMES, ("DPPL", "SD", "RD", "DAR", "DRR", "AD", "CDDPL"))
_FLOOR: Final = np.where(_IS_SHARE, -1.0, np.where(_IS_RATIO, 0.0, -np.inf))
_CEILING: Final = np.where(_IS_SHARE, 1.0, np.inf)
_NUM_CELLS: Final = len(SENTIMENTS) ** 2


def estimate(counts: Counts, num_resamples: int, rng: np.random.Generator) -> Estimate:
    """The measures of one ``(2, strata, labels, predictions)`` table, over ``COLUMNS``. Raises ``ValueError`` without rows."""
    total = int(counts.sum())
    if total == 0:
        raise ValueError("no rows to measure")
    smooth = _smoothed(counts)
    drawn = rng.multinomial(total, smooth.ravel() / smooth.sum(), size=num_resamples).reshape(num_resamples, *counts.shape)
    return _estimate(measure_all(counts), measure_all(smooth), measure_all(drawn), _FLOOR, _CEILING)


def estimate_entropy(table: Counts, num_resamples: int, rng: np.random.Generator) -> Estimate:
    """GE of all rows' ``(labels, predictions)`` table, over the favourable labels. Raises ``ValueError`` without rows."""
    total = int(table.sum())
    if total == 0:
        raise ValueError("no rows to measure")
    drawn = rng.multinomial(total, table.ravel() / total, size=num_resamples).reshape(num_resamples, *table.shape)
    seen, resampled = (
        np.stack([generalized_entropy(some, label) for label in range(len(SENTIMENTS))], axis=-1) for some in (table, drawn)
    )
    return _estimate(seen, seen, resampled, np.zeros(len(SENTIMENTS)), np.full(len(SENTIMENTS), np.inf))


def _estimate(value: Values, smooth: Values, resampled: Values, floor: Values, ceiling: Values) -> Estimate:
    """Interval and error around ``smooth``, less the bias of small samples; NaN where some resamples are not finite."""
    seen = np.isfinite(resampled).all(axis=0) & np.isfinite(value) & np.isfinite(smooth)
    filled, centre = np.where(seen, resampled, 0.0), np.where(seen, smooth, 0.0)
    shift = filled.mean(axis=0) - centre
    low, high = np.clip(np.quantile(filled, (0.025, 0.975), axis=0) - shift, floor, ceiling)
    known = (low, high, centre - shift, filled.std(axis=0, ddof=1))
    return Estimate(value, *(np.where(seen, one, np.nan) for one in known))


def _smoothed(counts: Counts) -> Values:
    """``_NUM_CELLS`` rows more a side, over its own strata as its rows are, and there over the cells as all rows of the stratum."""
    rows = counts.sum(axis=(-2, -1), keepdims=True)
    share = np.divide(rows, rows.sum(axis=-3, keepdims=True), out=np.zeros(rows.shape), where=rows.sum(axis=-3, keepdims=True) > 0)
    pooled = counts.sum(axis=-4, keepdims=True)
    whole = pooled.sum(axis=(-2, -1), keepdims=True)
    spread = np.divide(pooled, whole, out=np.zeros(pooled.shape), where=whole > 0)
    smoothed: Values = counts + _NUM_CELLS * share * spread
    return smoothed


def beyond(values: Values, limits: Values) -> Values:
    """How far each of ``COLUMNS`` lies beyond its limit: DI above it or below one over it, all others either way."""
    return np.where(_IS_RATIO, np.maximum(values - limits, 1 / limits - values), np.abs(values) - limits)


def tails(found: Estimate, how_far: Values) -> Values:
    """The chance of lying this far (``how_far``, of the corrected value) beyond a limit, or farther, if at it: one-sided normal."""
    certain = np.where(np.isnan(how_far), np.nan, np.copysign(np.inf, how_far))  # without spread there is no doubt
    z = np.divide(how_far, found.error, out=certain, where=found.error > 0)
    return np.array([math.nan if math.isnan(one) else math.erfc(one / math.sqrt(2)) / 2 for one in z])
