"""Counts of complaints whose share differs from unit to unit: the beta-binomial (Skellam, JRSS B 10, 1948)."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STRENGTHS: Final = (1.0, 10_000.0)
"""Least and greatest strength: from units that have nothing in common to units that are all the same."""


def strength(complaints: Ints, reviews: Ints, shares: Floats) -> float:
    """How much units lean on their parents' ``shares``, in reviews: the empirical Bayes estimate.

    The share of a unit is drawn from a beta distribution with mean ``shares`` and sum of parameters ``m``; the ``m`` in
    ``STRENGTHS`` that makes the counts likeliest (maximum marginal likelihood: Griffin and Krutchkoff, Biometrika 58, 1971). The
    arrays have one entry a unit; units without a review say nothing.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import betaln

    seen = reviews > 0
    k, n, mean = complaints[seen], reviews[seen], shares[seen]

    def unlikely(log_m: float) -> float:
        a, b = math.exp(log_m) * mean, math.exp(log_m) * (1 - mean)
        return -float((betaln(k + a, n - k + b) - betaln(a, b)).sum())

    low, high = map(math.log, STRENGTHS)
    return math.exp(float(minimize_scalar(unlikely, bounds=(low, high), method="bounded").x)) if len(k) else STRENGTHS[1]


def upper_tails(reviews: Ints, a: Floats, b: Floats) -> list[Floats]:
    """Of each unit, the chance of ``k`` complaints or more in its ``reviews``, for every ``k`` from 0 to ``reviews``.

    ``a`` and ``b`` are the parameters of what is known of its share. Exact: the sum of the beta-binomial's masses from the end.
    """
    from scipy.special import betaln

    sizes = reviews + 1
    ends = np.cumsum(sizes)
    unit = np.repeat(np.arange(len(reviews)), sizes)
    k, n = np.arange(len(unit)) - np.repeat(ends - sizes, sizes), reviews[unit]
    log_mass = -np.log(n + 1) - betaln(k + 1, n - k + 1) + betaln(k + a[unit], n - k + b[unit]) - betaln(a, b)[unit]
    tails = [np.minimum(np.cumsum(part[::-1])[::-1], 1.0) for part in np.split(np.exp(log_mass), ends[:-1])] if len(reviews) else []
    for tail in tails:
        tail[0] = 1.0  # whatever the sum's last bit says
    return tails
