"""Parts of the rows, each read by a model that was fitted on the others; near copies are never parted.

A model that has learnt a text's near copy has learnt its label too, and would find it right.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.core.dataset.shingles import near_pairs
from reviewloop.core.dataset.splits import fraction
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.errors import PermanentError

FitAndRead = Callable[[pd.DataFrame, pd.DataFrame], Floats]
"""Fits a model on the first rows, and gives its probabilities for the second: (n, 3)."""


def near_copy_groups(texts: Sequence[str], min_jaccard: float) -> Ints:
    """A number for each text, shape (n,): the same for near copies (``shingles``), and for near copies of near copies."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = [np.stack([first, second]) for first, second, _ in near_pairs(texts, min_jaccard)]
    first, second = np.concatenate([np.empty((2, 0), dtype=np.int64), *pairs], axis=1)
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(len(texts), len(texts)))
    _, groups = connected_components(graph, directed=False)
    return np.asarray(groups, dtype=np.int64)


def folds_of(text_digests: Sequence[str], groups: npt.ArrayLike, num_folds: int) -> Ints:
    """The fold of each row, 0 to ``num_folds`` - 1: drawn by hash of the group's first digest, so that the rows' order decides
    nothing and new rows move no old one, but where they are near copies of two."""
    named = pd.Series(text_digests, dtype="string").groupby(np.asarray(groups)).transform("min")
    return np.array([int(fraction(name, "folds") * num_folds) for name in named], dtype=np.int64)


def require_every_sentiment(labels: Ints, folds: Ints) -> None:
    """Raises ``PermanentError`` where the rows outside a fold lack a sentiment: whoever learns from them believes no such label."""
    for fold in np.unique(folds):
        known = set(labels[folds != fold].tolist())
        if missing := [name for label, name in enumerate(SENTIMENTS) if label not in known]:
            raise PermanentError(f"labels: no {' or '.join(missing)} row outside fold {fold}; more reviews are needed")


def out_of_fold(rows: pd.DataFrame, folds: Ints, fit_and_read: FitAndRead) -> Floats:
    """The probabilities of each row's sentiments by a model that was fitted on the other folds' rows: (n, 3), in their order."""
    found = np.full((len(rows), len(SENTIMENTS)), np.nan)
    for fold in np.unique(folds):
        held = folds == fold
        found[held] = fit_and_read(rows[~held], rows[held])
    return found
