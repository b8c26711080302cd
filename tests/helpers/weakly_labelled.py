"""Made-up votes of functions whose reliability is known."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from reviewloop.core.weak.functions import ABSTAINS, Votes

PRIOR = np.array([0.1, 0.15, 0.75])


def truth_of(num_rows: int, seed: int = 0) -> npt.NDArray[np.int64]:
    """Labels with the shares of ``PRIOR``."""
    return np.random.default_rng(seed).choice(3, size=num_rows, p=PRIOR)


def one_sided(truth: npt.NDArray[np.int64], answers: int, found: float, false_alarms: float, seed: int) -> Votes:
    """A function that answers one class: of its reviews it finds a share, of the others it raises false alarms; (n, 1)."""
    speaks = np.random.default_rng([seed, 1]).random(len(truth)) < np.where(truth == answers, found, false_alarms)
    return np.where(speaks, answers, ABSTAINS).astype(np.int8)[:, np.newaxis]


def side_by_side(columns: Sequence[Votes]) -> Votes:
    """Several functions' votes, a column each."""
    return np.hstack(columns)


def typical(truth: npt.NDArray[np.int64]) -> Votes:
    """Seven independent functions of the kind that people write: half of them are often wrong."""
    kinds = [(0, 0.4, 0.03), (0, 0.3, 0.05), (1, 0.3, 0.06), (1, 0.25, 0.05), (2, 0.6, 0.1), (2, 0.4, 0.05), (2, 0.3, 0.02)]
    return side_by_side([one_sided(truth, *kind, seed=place) for place, kind in enumerate(kinds)])
