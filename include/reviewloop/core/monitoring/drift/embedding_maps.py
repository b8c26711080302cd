"""Two fixed maps of the champion's embeddings, both defined by the reference alone: one for MMD, one for a domain classifier."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NUM_FREQUENCIES: Final = 64
NUM_COMPONENTS: Final = 32
RIDGE: Final = 0.1
"""Of the mean variance of the components, added to each: a direction that the reference hardly knows must not decide alone."""
_MEDIAN_OF: Final = 500
"""Rows whose distances give the bandwidth."""


@dataclass(frozen=True)
class FourierMap:
    """Random Fourier features of a Gaussian kernel: the squared distance of two means of them estimates MMD squared.

    Rahimi and Recht, Random features for large-scale kernel machines (2007); MMD and the median heuristic of the bandwidth:
    Gretton et al., A kernel two-sample test (2012).
    """

    frequencies: Floats

    @classmethod
    def fit(cls, reference: Floats, seed: int) -> "FourierMap":
        """``reference`` has shape (n, d), n at least 2, in an order that does not depend on how its rows came."""
        some = reference[:: max(1, len(reference) // _MEDIAN_OF)]
        squares = (some**2).sum(axis=1)
        distances = squares[:, np.newaxis] + squares - 2 * some @ some.T
        bandwidth = np.sqrt(max(float(np.median(distances[np.triu_indices(len(some), 1)])), np.finfo(float).tiny))
        draws = np.random.default_rng(seed).standard_normal((reference.shape[1], NUM_FREQUENCIES))
        return cls(draws / bandwidth)

    def __call__(self, embeddings: Floats) -> Floats:
        """Shape (n, 2 ``NUM_FREQUENCIES``)."""
        angles = embeddings @ self.frequencies
        features: Floats = np.hstack([np.cos(angles), np.sin(angles)]) / np.sqrt(NUM_FREQUENCIES)
        return features


@dataclass(frozen=True)
class WhiteMap:
    """Principal components of the reference, each divided by its spread.

    There the mean of a day minus that of the reference is the direction of linear discriminant analysis, with a ridge (Fisher 1936;
    Hastie, Tibshirani and Friedman, The elements of statistical learning, 4.3): a domain classifier in closed form.
    """

    centre: Floats
    directions: Floats

    @classmethod
    def fit(cls, reference: Floats) -> "WhiteMap":
        """``reference`` has shape (n, d), n at least 2."""
        centre = reference.mean(axis=0)
        variances, vectors = np.linalg.eigh(np.cov(reference - centre, rowvar=False).reshape(reference.shape[1], -1))
        top = slice(-min(NUM_COMPONENTS, len(variances)), None)
        kept = np.maximum(variances[top], 0.0)
        ridge = max(RIDGE * float(kept.mean()), np.finfo(float).tiny)
        return cls(centre, vectors[:, top] / np.sqrt(kept + ridge))

    def __call__(self, embeddings: Floats) -> Floats:
        """Shape (n, at most ``NUM_COMPONENTS``)."""
        white: Floats = (embeddings - self.centre) @ self.directions
        return white
