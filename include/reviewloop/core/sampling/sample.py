"""What a sampling gives: the rows that were taken, how likely each was, and for how many it stands."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from reviewloop.config.features.sampling import Method, RandomMethod, WithoutProbability
from reviewloop.core.dataset.splits import fraction
from reviewloop.errors import PermanentError

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

WITHOUT_PROBABILITY: Final[tuple[WithoutProbability, ...]] = get_args(WithoutProbability)
RANDOM: Final[tuple[RandomMethod, ...]] = get_args(RandomMethod)
METHODS: Final[tuple[Method, ...]] = (*WITHOUT_PROBABILITY, *RANDOM)
"""The four non-probability and the five probability samplings of Huyen, Designing Machine Learning Systems, 2022, chapter 4."""


@dataclass(frozen=True)
class Sample:
    """Rows taken by ``method``: their places among the rows that were offered, rising."""

    method: Method
    places: Places
    num_offered: int
    inclusion: Floats | None
    """How likely each taken row was to be taken; ``None`` where the method has no probabilities."""
    weights: Floats | None
    """For how many of the offered rows each taken one stands: see ``total``. ``None`` as above."""
    notes: tuple[str, ...] = ()
    """What whoever uses the sample must know, a sentence each."""

    def __len__(self) -> int:
        return len(self.places)

    @property
    def effective_size(self) -> float:
        """How many equally weighted rows are worth as much: (sum of weights)² / sum of squares (Kish, Survey Sampling, 1965).

        The number of rows where there are no weights.
        """
        if self.weights is None or not len(self.weights):
            return float(len(self))
        return float(self.weights.sum() ** 2 / np.square(self.weights).sum())

    def mean(self, values: Floats) -> float:
        """The weighted mean of a value of each taken row, in their order: an estimate of the mean over the offered rows.

        Weights are made to sum to 1 (Hájek), which is what one reports; ``total`` has the unbiased sum.
        """
        return float(np.average(values, weights=self.weights))

    def total(self, values: Floats) -> float:
        """The weighted sum: unbiased for the sum over the offered rows (Horvitz and Thompson, JASA 47, 1952) unless weights were
        clipped. Raises ``PermanentError`` where the method has no probabilities."""
        if self.weights is None:
            raise PermanentError(
                f"sampling {self.method}: has no probabilities, so no total can be estimated; take one of {RANDOM}"
            )
        return float(np.dot(self.weights, values))


def draws(keys: Sequence[str], seed: int, purpose: str = "sample") -> Floats:
    """A number in [0, 1) for each key, by hash: whatever order the rows come in and however they are cut into files.

    Raises ``PermanentError`` for a key that is there twice: one row would be counted as two, and both drawn or neither.
    """
    if len(set(keys)) < len(keys):
        key, count = Counter(keys).most_common(1)[0]
        raise PermanentError(f"sampling: the key {key!r} is there {count} times; a row needs one of its own: drop repeats before")
    return np.array([fraction(key, f"{purpose} {seed}") for key in keys], dtype=np.float64)


def in_order(draws_: Floats, keys: Sequence[str]) -> Places:
    """The places by rising draw; of two equal ones, which 52 bits make rare, the smaller key first."""
    return np.lexsort((np.asarray(keys, dtype=object).astype(str), draws_)).astype(np.int64)


def require_size(size: int, num_offered: int) -> None:
    """Raises ``PermanentError`` unless ``size`` is between 1 and the rows there are."""
    if not 1 <= size <= num_offered:
        raise PermanentError(f"sampling: size {size} is not between 1 and the {num_offered} rows there are; ask for fewer rows")
