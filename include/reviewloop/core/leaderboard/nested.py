"""Nested cross-validation: settings are chosen on inner folds alone, marks are of the outer fold that had no part in it.

Varma and Simon, Bias in error estimation when using cross-validation for model selection, BMC Bioinformatics 7:91, 2006; Cawley
and Talbot, On over-fitting in model selection, JMLR 11, 2010. A part of the search is named after the outer fold that it never
sees. The inner folds are the other outer ones: near copies are parted neither outside nor inside. ``WHOLE`` leaves nothing out:
what it finds is for the model that is fitted on all rows at the end, and marks nothing.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.statistics.metrics import Ints

WHOLE: Final = "all"
Mask = npt.NDArray[np.bool_]


def parts(num_folds: int) -> tuple[str, ...]:
    """Every part of a search, ``WHOLE`` last. Raises ``ValueError`` for folds that leave nothing to choose by."""
    if num_folds < 3:
        raise ValueError(f"{num_folds} folds: without one of them two must be left, one to learn from and one to choose by")
    return (*map(str, range(num_folds)), WHOLE)


def inner_splits(folds: Ints, part: str) -> Iterator[tuple[Mask, Mask]]:
    """The rows to learn from and those to choose by, a pair for each inner fold of ``part``; none of them is in its outer fold."""
    inside = np.ones(len(folds), dtype=bool) if part == WHOLE else folds != int(part)
    for fold in np.unique(folds[inside]):
        yield inside & (folds != fold), inside & (folds == fold)
