"""McNemar's test: two models on the same rows, judged by the rows on which only one of them is right.

McNemar, Psychometrika 12, 1947; the exact form (if the models are equally good, each such row is a fair coin) as recommended
for few of them by Dietterich, Neural Computation 10, 1998, section 3.1.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class McNemar:
    """``num_only_first`` rows are right by the first model alone, ``num_only_second`` by the second alone."""

    num_only_first: int
    num_only_second: int
    p: float
    """The chance of counts at least this uneven if neither model is better (two-sided); 1 where no row tells them apart."""
    p_worse: float
    """The chance that the first is alone right so rarely, or more rarely, if it is no worse (one-sided)."""


def mcnemar(labels: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike) -> McNemar:
    """The test on predictions of the same rows. Raises ``ValueError`` where the lengths differ."""
    from scipy.stats import binomtest

    label, a, b = (np.asarray(values) for values in (labels, first, second))
    if not len(label) == len(a) == len(b):
        raise ValueError(f"{len(label)} labels, {len(a)} first and {len(b)} second predictions: they must be of the same rows")
    only_first, only_second = int(((a == label) & (b != label)).sum()), int(((a != label) & (b == label)).sum())
    total = only_first + only_second
    if total == 0:
        return McNemar(0, 0, 1.0, 1.0)
    both, one = (binomtest(only_first, total, 0.5, alternative=side).pvalue for side in ("two-sided", "less"))
    return McNemar(only_first, only_second, float(both), float(one))
