"""How well a sample stands for the rows it was drawn from: the share of every value of every facet, in both."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr

from reviewloop.core.facets import MISSING
from reviewloop.core.sampling.sample import Sample
from reviewloop.core.statistics.many_tests import holm
from reviewloop.core.statistics.proportions import wilson

Verdict = Literal["close", "over", "under", "too few"]
SAMPLE: Final = "sample.json"
"""The table beside the parts of a snapshot whose training part was sampled."""
ALPHA: Final = 0.05
"""The chance that the table of a simple random sample marks anything at all."""
MIN_EXPECTED: Final = 5.0
"""Rows with a value, and without it, that a sample must be expected to hold to be judged: below, the normal curve misleads."""


@dataclass(frozen=True)
class Standing:
    """One value of a facet: its share among the rows that were offered, and the sample's estimate of it."""

    facet: str
    value: str
    num_offered: int
    share: float
    num_taken: int
    estimate: float
    """Weighted, where the sample has weights."""
    low: float
    high: float
    """The estimate's 95 % interval (Wilson, at the effective size)."""
    verdict: Verdict
    """``over`` and ``under``: beyond what luck explains, over all values of the table."""


@dataclass(frozen=True)
class Representativeness:
    """The table of a sample, and what is to be known of it."""

    method: str
    num_offered: int
    num_taken: int
    effective_size: float
    notes: tuple[str, ...]
    standings: tuple[Standing, ...]

    @property
    def off(self) -> tuple[Standing, ...]:
        """The values whose share the sample misses."""
        return tuple(one for one in self.standings if one.verdict in ("over", "under"))

    def in_words(self) -> str:
        """The verdict in a sentence."""
        judged = [one for one in self.standings if one.verdict != "too few"]
        if not judged:
            return "Too few rows to say whom the sample stands for."
        if not self.off:
            return f"Of {len(judged)} values none is off beyond luck."
        worst = max(self.off, key=lambda one: (round(abs(one.estimate - one.share), 9), one.verdict == "over"))
        return (
            f"{len(self.off)} of {len(judged)} values are off beyond luck, {worst.facet} {worst.value} most: {worst.estimate:.1%} "
            f"for {worst.share:.1%}."
        )

    def as_json(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        return asdict(self)


def from_json(value: Mapping[str, Any]) -> Representativeness:
    """The inverse of ``as_json``."""
    standings = tuple(Standing(**one) for one in value["standings"])
    return Representativeness(**{**value, "notes": tuple(value["notes"]), "standings": standings})


def representativeness(sample: Sample, facets: Mapping[str, "pd.Series[str]"]) -> Representativeness:
    """The table of ``sample`` by ``facets``: for every offered row, in the order in which they were offered, its value.

    A value is off where the score test of its share, at the effective size and corrected for how much of all rows was taken, is
    below ``ALPHA`` after Holm's correction over the whole table. Strata make a sample vary less than the test believes, so that
    it errs on the side of silence.
    """
    size = sample.effective_size
    weights = np.ones(len(sample)) if sample.weights is None else sample.weights
    lines, chances = [], []
    for facet, values in facets.items():
        plain = values.astype("string").fillna(MISSING).to_numpy(dtype=str)
        taken = plain[sample.places]
        for value in sorted(set(plain)):
            num_offered = int((plain == value).sum())
            num_taken = int((taken == value).sum())
            share = num_offered / sample.num_offered
            estimate = float(weights[taken == value].sum() / weights.sum())
            lines.append((facet, value, num_offered, share, num_taken, estimate, *wilson(estimate * size, size)))
            chances.append(_chance(estimate, share, size, sample.num_offered))
    adjusted = holm(np.array(chances, dtype=np.float64))
    return Representativeness(
        method=sample.method,
        num_offered=sample.num_offered,
        num_taken=len(sample),
        effective_size=size,
        notes=sample.notes,
        standings=tuple(
            Standing(*line, verdict=_verdict(line[5], line[3], chance)) for line, chance in zip(lines, adjusted, strict=True)
        ),
    )


def _chance(estimate: float, share: float, size: float, num_offered: int) -> float:
    """Two-sided, of an estimate this far off; NaN where the share is too small (or large) for the size to be judged."""
    if size * min(share, 1 - share) < MIN_EXPECTED:
        return math.nan
    spread = share * (1 - share) / size * max(num_offered - size, 0) / max(num_offered - 1, 1)
    if spread == 0:
        return 1.0 if math.isclose(estimate, share) else 0.0
    return float(2 * ndtr(-abs(estimate - share) / math.sqrt(spread)))


def _verdict(estimate: float, share: float, chance: float) -> Verdict:
    if math.isnan(chance):
        return "too few"
    if chance > ALPHA:
        return "close"
    return "over" if estimate > share else "under"
