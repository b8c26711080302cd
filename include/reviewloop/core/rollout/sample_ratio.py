"""Do the arms hold as many units as they should? Where they do not, the comparison is broken and no other number of it counts.

The sequential test of Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022: the Bayes factor of a
Dirichlet around the shares against the shares themselves. It may be looked at after every unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

CONCENTRATION: Final = 100.0
"""Of the Dirichlet: small is quick to see large mismatches. That 10 % are 8 %, 100 sees after half the units that 10,000 takes."""
ALPHA: Final = 1e-3
"""Chance of ever alarming in a rollout whose shares are right."""


@dataclass(frozen=True)
class Stage:
    """Units of each arm while these shares held."""

    shares: Mapping[str, float]
    counts: Mapping[str, int]


@dataclass(frozen=True)
class SampleRatio:
    """``leaked``: arms of share 0 that hold units all the same, which is an alarm by itself."""

    log_evidence: float
    leaked: tuple[str, ...]
    largest_gap: float
    """Between a share as it is and as it should be, over all stages; a million units make 0.002 certain."""

    def alarms(self, alpha: float = ALPHA) -> bool:
        """Whether the comparison is broken."""
        return bool(self.leaked) or self.log_evidence >= -np.log(alpha)


def sample_ratio(stages: Sequence[Stage]) -> SampleRatio:
    """Over the stages of one rollout: each is held to its own shares, and what they say is multiplied, never their counts added."""
    evidence, leaked, gap = 0.0, set[str](), 0.0
    for stage in stages:
        unknown = stage.counts.keys() - stage.shares.keys()
        leaked |= unknown | {arm for arm, share in stage.shares.items() if share == 0 and stage.counts.get(arm, 0)}
        arms = [arm for arm, share in stage.shares.items() if share > 0]
        shares = np.array([stage.shares[arm] for arm in arms])
        counts = np.array([stage.counts.get(arm, 0) for arm in arms], dtype=np.float64)
        evidence += float(log_evidence_mismatch(shares, counts))
        if counts.sum():
            gap = max(gap, float(np.abs(counts / counts.sum() - shares).max()))
    return SampleRatio(evidence, tuple(sorted(leaked)), gap)


def log_evidence_mismatch(shares: npt.ArrayLike, counts: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Log of the e-process against "each unit falls to the arms with these shares": ``shares`` (arms), all above 0, and ``counts``
    (..., arms), of one moment each."""
    from scipy.special import gammaln

    share, count = np.asarray(shares, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    prior = CONCENTRATION * share
    around = (
        gammaln(prior.sum()) - gammaln(prior.sum() + count.sum(axis=-1)) + (gammaln(prior + count) - gammaln(prior)).sum(axis=-1)
    )
    found: npt.NDArray[np.float64] = around - (count * np.log(share)).sum(axis=-1)
    return found
