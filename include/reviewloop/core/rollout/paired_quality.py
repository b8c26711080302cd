"""Is the challenger worse? Both read the same reviews, and only those tell on which one of them alone is right.

The tests are e-processes: products that a fair bet cannot expect to grow, so that the chance of ever reaching 1/alpha is at most
alpha (Ville's inequality), however often one looks and whenever one stops. For the method see Ramdas, Gruenwald, Vovk and Shafer,
"Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38, 2023. Both are functions of the counts alone,
so labels may come in any order; one that comes twice must be counted once by whoever counts.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

NUM_BETS: Final = 64
"""Bets that the second process spreads its stake over, evenly from none to all."""


class Verdict(StrEnum):
    """What the labels so far say of the challenger."""

    WORSE = "worse"
    NO_WORSE = "no worse within the margin"
    OPEN = "not enough evidence"
    UNEVEN = "no verdict, labels differ by length"


@dataclass(frozen=True)
class Pairs:
    """Reviews that both read and whose labels are known. ``num_ties``: both right, or both wrong."""

    num_champion_only: int
    num_challenger_only: int
    num_ties: int


def log_evidence_worse(champion_only: npt.ArrayLike, challenger_only: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Log of the e-process against "the challenger is no worse".

    Then each pair on which one alone is right falls to the champion with probability of at most 1/2. The bet on p, mixed evenly
    over 1/2 to 1, is 2^(n+1) times the upper half of the beta integral B(a+1, b+1).
    """
    from scipy.special import betainc, betaln

    a, b = np.asarray(champion_only, dtype=np.float64), np.asarray(challenger_only, dtype=np.float64)
    # The upper half as the lower half of the mirrored integral: small values keep their digits.
    upper = betainc(b + 1, a + 1, 0.5)
    with np.errstate(divide="ignore"):
        log: npt.NDArray[np.float64] = (a + b + 1) * np.log(2) + betaln(a + 1, b + 1) + np.log(upper)
    return log


def log_evidence_no_worse(
    champion_only: npt.ArrayLike, challenger_only: npt.ArrayLike, ties: npt.ArrayLike, margin: float
) -> npt.NDArray[np.float64]:
    """Log of the e-process against "its accuracy is lower by ``margin`` or more".

    Then the mean of (challenger right - champion right) + margin is at most 0, and a stake of ``bet`` on it cannot be expected to
    grow; the process is the mean over ``NUM_BETS`` bets below the one that a single loss would ruin (the mixture of Waudby-Smith
    and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024).
    """
    if not 0 < margin < 1:
        raise ValueError(f"margin: {margin:g} must be above 0 and below 1")
    a, b, t = (np.asarray(values, dtype=np.float64)[..., None] for values in (champion_only, challenger_only, ties))
    bets = np.arange(1, NUM_BETS + 1) / (NUM_BETS + 1) / (1 - margin)
    logs = b * np.log1p(bets * (1 + margin)) + a * np.log1p(-bets * (1 - margin)) + t * np.log1p(bets * margin)
    highest = logs.max(axis=-1)
    mean: npt.NDArray[np.float64] = highest + np.log(np.exp(logs - highest[..., None]).mean(axis=-1))
    return mean


def judge(pairs: Pairs, margin: float, alpha: float) -> Verdict:
    """Of all labels so far. A challenger that is certainly no worse within the margin may still be worse by less than that:
    ``WORSE`` is said first, and a person then sees both numbers. Never ``UNEVEN``, which ``verdicts.quality`` knows."""
    needed = -np.log(alpha)
    if log_evidence_worse(pairs.num_champion_only, pairs.num_challenger_only) >= needed:
        return Verdict.WORSE
    if log_evidence_no_worse(pairs.num_champion_only, pairs.num_challenger_only, pairs.num_ties, margin) >= needed:
        return Verdict.NO_WORSE
    return Verdict.OPEN
