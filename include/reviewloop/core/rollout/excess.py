"""Does something fall to the challenger more often than it should? A test that may be watched.

The e-process against "each hit falls to the challenger with probability of at most ``share``", which mixes the bets on p evenly
over ``share`` to 1; at 1/2 it is ``paired_quality.log_evidence_worse``. Where arms are drawn with fixed shares and fail equally
often, a failing unit is the challenger's with just its share: so it compares rates without knowing either. Ville's inequality makes
1/e a p-value that holds however often one looks.
"""

import math
from collections.abc import Sequence


def log_evidence_more(hits: int, others: int, share: float) -> float:
    """``hits`` of ``hits + others`` fell to the challenger. Log of the e-process; 0 where there is nothing to tell."""
    from scipy.special import betainc, betaln

    if not 0 < share < 1:
        raise ValueError(f"share: {share:g} must be above 0 and below 1")
    # The part above ``share`` as the mirrored integral's part below 1 - share: small values keep their digits.
    above = float(betainc(others + 1, hits + 1, 1 - share))
    if above == 0:
        return -math.inf
    return float(betaln(hits + 1, others + 1)) + math.log(above) - hits * math.log(share) - (others + 1) * math.log1p(-share)


def log_mean(logs: Sequence[float]) -> float:
    """Log of the mean of e-values, which is an e-value again, however they depend on each other."""
    most = max(logs)
    return most if math.isinf(most) else most + math.log(sum(math.exp(one - most) for one in logs) / len(logs))


def chance(log_evidence: float) -> float:
    """The p-value of an e-process: 1/e, at most 1."""
    return math.exp(min(0.0, -log_evidence))
