"""What a kind of model is to the leaderboard: how it sees reviews, and how it learns from some of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.statistics.metrics import Floats, Ints

Seen = npt.NDArray[np.generic]
"""Reviews as a kind sees them, one a row of the first axis: texts, or vectors."""


@dataclass(frozen=True)
class Fitted:
    """``read`` gives the probabilities of rows: (n, 3). ``num_bytes`` tells the size of what would be kept of the model."""

    read: Callable[[Seen], Floats]
    num_bytes: Callable[[], int]


Fit = Callable[[Seen, Ints, Floats, int], Fitted]
"""Of rows, their labels (n,), what each row counts (n,), and a seed. Each sentiment is among the labels."""


def texts(reviews: pd.DataFrame) -> Seen:
    """Title and text of each row, as every model is given them: objects of shape (n,)."""
    return np.array(model_texts(reviews), dtype=object)


@dataclass(frozen=True)
class Learner:
    """One row of the leaderboard."""

    name: str
    told: str
    """What it does, in a sentence."""
    fit: Fit
    represent: Callable[[pd.DataFrame], Seen] = texts
    """How it sees rows with ``title`` and ``text``. It learns nothing from them, so that once does for all folds."""
    represented: str = ""
    """Names what ``represent`` gives, where several kinds see the same and it takes minutes: then it is computed once for all."""
    share: float = 1.0
    """How much of a time budget it is given, beside 1 of the others."""
