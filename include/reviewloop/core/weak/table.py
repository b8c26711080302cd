"""What each labelling function does on some reviews: how often it speaks, with whom, against whom, and how often it is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.proportions import Rate, rate
from reviewloop.core.weak.functions import ABSTAINS, LabellingFunction, Votes

UNLABELLED: Final = -1
"""In the place of a label that nobody gave."""


@dataclass(frozen=True)
class Row:
    """One function. The names are the field's (Snorkel's ``LFAnalysis``); shares are of all reviews."""

    name: str
    owner: str
    version: int
    answers: str
    coverage: float
    """Reviews of which it says something."""
    overlap: float
    """Reviews of which another says something too."""
    conflict: float
    """Reviews of which another says something else."""
    num_labelled: int
    """Reviews with a person's label of which it says something; ``accuracy`` is their share in which it is right."""
    accuracy: Rate
    """NaN where none has a label."""


def table_of(functions: Sequence[LabellingFunction], votes: Votes, labels: npt.ArrayLike) -> tuple[Row, ...]:
    """A row a function. ``labels`` (n,) are of people or ratings, ``UNLABELLED`` where there is none."""
    truth, spoken = np.asarray(labels), votes != ABSTAINS
    num_spoken = spoken.sum(axis=1)
    said = np.stack([(votes == label).sum(axis=1) for label in range(len(SENTIMENTS))], axis=1)
    rows = []
    for place, function in enumerate(functions):
        mine = spoken[:, place]
        labelled = mine & (truth != UNLABELLED)
        num_labelled = int(labelled.sum())
        rows.append(
            Row(
                name=function.name,
                owner=function.owner,
                version=function.version,
                answers=function.answers,
                coverage=_share(mine),
                overlap=_share(mine & (num_spoken > 1)),
                conflict=_share(mine & (num_spoken > said[:, function.label])),
                num_labelled=num_labelled,
                accuracy=rate(int((truth[labelled] == function.label).sum()), num_labelled),
            )
        )
    return tuple(rows)


def _share(rows: npt.NDArray[np.bool_]) -> float:
    return float(rows.mean()) if len(rows) else 0.0
