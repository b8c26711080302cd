"""Which of a training run's models becomes its candidate: a simpler model that is not worse wins."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reviewloop.core.statistics.bootstrap import Difference
from reviewloop.core.statistics.many_tests import holm


@dataclass(frozen=True)
class Challenger:
    """A model beside the baseline: its macro-F1 on the sealed part, and the paired ``difference`` from the baseline's."""

    kind: str
    macro_f1: float
    difference: Difference


def chances(challengers: Sequence[Challenger]) -> list[float]:
    """Of each challenger, Holm's adjusted chance of such a difference were it no better than the baseline; in their order."""
    return [float(one) for one in holm(np.array([1 - one.difference.confidence for one in challengers], dtype=np.float64))]


def pick(challengers: Sequence[Challenger], confidence: float) -> int | None:
    """The place of the chosen challenger; None leaves the baseline. ``confidence`` is asked to beat it, such as 0.975.

    The test of one challenger is the paired bootstrap of its macro-F1 less the baseline's on the same sealed rows: the share
    of resamples in which it is not above 0 is the one-sided chance that belongs to the percentile interval (Efron and
    Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 and 16). At 0.975 it says "the lower end of the 95 %
    interval is above 0".

    With m challengers the baseline has m chances to be beaten by luck. Holm's correction (Scandinavian Journal of Statistics,
    1979) over the m tests keeps the chance that any model no better than the baseline passes at 1 - ``confidence`` or less.
    It asks for no independence, and the tests have none: they share the rows and the baseline. With m = 1 it changes
    nothing, so that a pair is decided as it always was.

    Among those that pass the largest macro-F1 wins, the first one where two are equal: the caller lists them simplest first.
    This last step is no test. Each of them beats the baseline already, and which of two is the better stays open; the winner's
    own macro-F1, as the largest of several, is a little flattered.
    """
    limit = 1 - confidence
    better = [place for place, chance in enumerate(chances(challengers)) if chance <= limit]
    return min(better, key=lambda place: (-challengers[place].macro_f1, place), default=None)


def num_resamples_needed(num_challengers: int, confidence: float) -> int:
    """With fewer resamples the bootstrap is too coarse for the strictest of Holm's tests: a single resample would break it."""
    return math.ceil(round(num_challengers / (1 - confidence), 6))
