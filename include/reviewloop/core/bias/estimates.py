"""How sure a bias measure is: bootstrap intervals, the evidence that it lies beyond a limit, and many tests at once.

All measures depend on the rows only through the counts of (side, stratum, label). Drawing n rows with replacement is therefore
the same as drawing those counts from a multinomial, which needs no rows at all.

- Resamples: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 6, 10 (bias) and 13 (percentiles).
- One row is added to each label of each side before drawing. A small group that happens to lack a label would otherwise lack it
  in every resample, and look surer than it is: Agresti and Caffo, The American Statistician 54, 2000.
  The same holds for CDDL and a stratum without rejected rows: Clarify counts 0 there, and its value jumps. The evidence is
  therefore centred on the smoothed counts, and such a value may lie outside its interval.
- A distance such as TVD is above zero by chance alone, the more so in small groups. The bootstrap measures how much, and
  interval and evidence are shifted back by it.
- Many tests: Holm, Scandinavian Journal of Statistics 6, 1979. It asks nothing about how the tests hang together, and ours do.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from reviewloop.core.bias.measures import COLUMNS, GROUP, REST, Counts, Values, measure_all, shared_labels

_SIGNED: Final = np.array([name in ("DPL", "CDDL") for name, _ in COLUMNS])
_IS_CI: Final = np.array([name == "CI" for name, _ in COLUMNS])
_FLOOR: Final = np.array([{"CI": -1.0, "DPL": -1.0, "CDDL": -1.0, "KL": -np.inf}.get(name, 0.0) for name, _ in COLUMNS])
_CEILING: Final = np.array([np.inf if name == "KL" else math.sqrt(2) if name == "LP" else 1.0 for name, _ in COLUMNS])


@dataclass(frozen=True)
class Estimate:
    """All measures of one contrast, each an array over ``COLUMNS``; NaN: not known."""

    value: Values
    """Clarify's number."""
    low: Values
    high: Values
    """The ends of the 95 % interval."""
    corrected: Values
    """The smoothed value without the bias of small samples: what the evidence is centred on."""
    error: Values
    """Its standard error."""


def estimate(counts: Counts, num_resamples: int, rng: np.random.Generator) -> Estimate:
    """The measures of one ``(2, strata, labels)`` table and how sure they are. Raises ``ValueError`` for a table without rows."""
    total = int(counts.sum())
    if total == 0:
        raise ValueError("no rows to measure")
    value = measure_all(counts)
    smooth = _smoothed(counts)
    drawn = rng.multinomial(total, smooth.ravel() / smooth.sum(), size=num_resamples).reshape(num_resamples, *counts.shape)
    kept = shared_labels(counts)
    resampled = measure_all(drawn, kept)
    seen = np.isfinite(resampled).all(axis=0) & np.isfinite(value)
    filled = np.where(seen, resampled, 0.0)  # a measure that some resamples cannot give has no interval
    centre = np.where(seen, measure_all(smooth, kept), 0.0)
    shift = filled.mean(axis=0) - centre
    low, high = np.clip(np.quantile(filled, (0.025, 0.975), axis=0) - shift, _FLOOR, _CEILING)
    return Estimate(
        value,
        np.where(seen, low, np.nan),
        np.where(seen, high, np.nan),
        np.where(seen, centre - shift, np.nan),
        np.where(seen, filled.std(axis=0, ddof=1), np.nan),
    )


def _smoothed(counts: Counts) -> Values:
    """One row more per label and side, spread over the strata as the side's rows are; an empty side stays empty."""
    rows = counts.sum(axis=-1, keepdims=True)
    sides = rows.sum(axis=-2, keepdims=True)
    smoothed: Values = counts + np.divide(rows, sides, out=np.zeros(rows.shape), where=sides > 0)
    return smoothed


def excess(values: Values) -> Values:
    """How far each measure lies in the direction that its limit guards: CI downwards, DPL and CDDL either way, distances up."""
    return np.where(_IS_CI, -values, np.where(_SIGNED, np.abs(values), values))


def tail(found: Estimate, limits: Values) -> Values:
    """The chance of seeing this much, or more, if the measure were just at its limit: one-sided normal, NaN without evidence."""
    beyond = excess(found.corrected) - limits
    certain = np.where(np.isnan(beyond), np.nan, np.copysign(np.inf, beyond))  # without spread there is no doubt
    z = np.divide(beyond, found.error, out=certain, where=found.error > 0)
    return np.array([math.erfc(one / math.sqrt(2)) / 2 if not math.isnan(one) else math.nan for one in z])


def is_dominant(counts: Counts) -> bool:
    """Whether the group holds more rows than all others together: then its CI is judged however few the others are."""
    return bool(counts[GROUP].sum() > counts[REST].sum())
