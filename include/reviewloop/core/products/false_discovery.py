"""Many exact tests of counts at once: which alarms luck alone does not explain.

Döhler, Durand and Roquain, "New FDR bounds for discrete and heterogeneous tests", Electronic Journal of Statistics 12, 2018. A
product of three reviews can reach only four p-values, and perhaps none that is small: such a test cannot alarm, so it must not make
the others pay as it does with Benjamini and Hochberg. In the place of (number of tests) times p stands the sum, over all
tests, of the chance that the test reaches p or less.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reviewloop.core.products.beta_binomial import Floats


@dataclass(frozen=True)
class Reach:
    """How many of all tests luck alone brings to a p-value or below it, expected: a staircase, the steps rising."""

    chances: Floats
    expected: Floats
    most: float
    """P-values above it are never rejected."""

    def at(self, chances: Floats) -> Floats:
        """Expected number of tests at ``chances`` or below, the paper's correction (1 - F) in it, with ``most`` as its bound."""
        place = np.searchsorted(self.chances, chances, side="right")
        return np.concatenate([[0.0], self.expected])[place] / (1 - self.most)

    def single(self, rate: float) -> float:
        """The greatest p-value that is rejected though no other test is; 0 where there is none."""
        allowed = self.chances[self.at(self.chances) <= rate]
        return float(allowed[-1]) if len(allowed) else 0.0


def reach(tails: Sequence[Floats], factors: Floats, most: float) -> Reach:
    """Of tests with these upper tails (``beta_binomial.upper_tails``), each p-value times its test's factor.

    A unit with two tests, of which the smaller p counts, has both here with factor 2 (Bonferroni). Raises ``ValueError`` unless
    ``most`` is above 0 and below 1.
    """
    if not 0 < most < 1:
        raise ValueError(f"most: {most} is not between 0 and 1")
    chances = np.concatenate([tail * factor for tail, factor in zip(tails, factors, strict=True)] or [np.empty(0)])
    masses = np.concatenate([tail - np.append(tail[1:], 0.0) for tail in tails] or [np.empty(0)])
    order = np.argsort(chances, kind="stable")
    order = order[chances[order] <= most]
    return Reach(chances[order], np.cumsum(masses[order]), most)


def adjusted(chances: Floats, luck: Reach) -> Floats:
    """The rate at which each test would be rejected first, in the given order, at most 1: reject those at ``rate`` or below.

    Step-up, as Benjamini and Hochberg (JRSS B 57, 1995). Where the tests are independent the expected share of false ones among
    the rejected is at most ``rate`` (no more than ``luck.most``); where nothing is wrong, so is the chance of rejecting any.
    """
    order = np.argsort(chances, kind="stable")
    rates = luck.at(chances[order]) / np.arange(1, len(order) + 1)
    rates[chances[order] > luck.most] = 1.0
    found = np.ones(len(chances))
    found[order] = np.minimum(np.minimum.accumulate(rates[::-1])[::-1], 1.0)
    return found
