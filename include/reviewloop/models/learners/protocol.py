"""What a kind of model is to the leaderboard: how it sees reviews, and how it learns from some of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.statistics.metrics import Floats

Seen = npt.NDArray[np.generic]
"""Reviews as a kind sees them, one a row of the first axis: texts, or vectors."""


@dataclass(frozen=True)
class Fitted:
    """``read`` gives the probabilities of rows: (n, 3). ``num_bytes`` tells the size of what would be kept of the model."""

    read: Callable[[Seen], Floats]
    num_bytes: Callable[[], int]


Fit = Callable[..., Fitted]
"""Of rows, their labels (n,), what each row counts (n,), and a seed, by place. Each sentiment is among the labels. What a kind's
``space`` names it takes by name."""


@dataclass(frozen=True)
class Span:
    """A setting between two numbers, both among them. ``log`` tries each power of ten alike; ``whole`` takes whole numbers."""

    default: float
    low: float
    high: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True)
class OneOf:
    """A setting that is one of a few."""

    default: float | bool
    options: tuple[float | bool, ...]


Space = Mapping[str, Span | OneOf]
"""What a search may set of a kind, by the names that its ``fit`` takes."""
Settings = Mapping[str, float | bool]


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
    space: Space = field(default_factory=dict)
    """Empty: there is nothing to search."""

    def defaults(self) -> dict[str, float | bool]:
        """The settings that a search starts from."""
        return {name: axis.default for name, axis in self.space.items()}
