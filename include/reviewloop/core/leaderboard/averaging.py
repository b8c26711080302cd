"""An ensemble: the mean of the probabilities of the best kinds, chosen for each fold by the rows of the others.

So no row has a say in which kinds answer it. What stays is what cross-validation has everywhere: the models whose answers choose
have learnt from rows of the fold that they are chosen for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reviewloop.core.statistics.metrics import Floats, Ints, confusion, macro_f1


@dataclass(frozen=True)
class Averaged:
    """``answers`` (n, 3); ``members`` are the kinds that all rows together would choose, best first; ``by_fold`` those that did."""

    answers: Floats
    members: tuple[str, ...]
    by_fold: Mapping[int, tuple[str, ...]]


def average_of_best(labels: Ints, folds: Ints, answers: Mapping[str, Floats], num_members: int) -> Averaged:
    """``answers`` are each kind's probabilities (n, 3), out of fold, in the order from simple to complex.

    Raises ``ValueError`` where there are fewer kinds than members.
    """
    if len(answers) < num_members:
        raise ValueError(f"{len(answers)} kinds are done; an average of {num_members} needs as many")
    found, by_fold = np.full((len(labels), 3), np.nan), {}
    for fold in np.unique(folds):
        held = folds == fold
        by_fold[int(fold)] = _best(labels, answers, ~held, num_members)
        found[held] = np.mean([answers[name][held] for name in by_fold[int(fold)]], axis=0)
    return Averaged(found, _best(labels, answers, np.ones(len(labels), dtype=bool), num_members), by_fold)


def _best(
    labels: Ints, answers: Mapping[str, Floats], rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]", count: int
) -> tuple[str, ...]:
    marks = {name: float(macro_f1(confusion(labels[rows], read[rows].argmax(axis=1)))) for name, read in answers.items()}
    return tuple(sorted(marks, key=lambda name: -marks[name])[:count])
