"""Long vectors made short at random, by a matrix that nobody has to keep."""

from functools import lru_cache
from typing import Final

import numpy as np

NUM_DIMENSIONS: Final = 128
"""Of the short vectors: a squared distance is then off by a factor of 1 +- sqrt(2 / 128), an eighth, as a standard deviation."""
SEED: Final = 2003


@lru_cache(maxsize=2)
def sparse_projection(num_features: int) -> np.ndarray:
    """The matrix, float32 of shape (num_features, ``NUM_DIMENSIONS``), that keeps distances on average.

    Each entry is sqrt(3 / ``NUM_DIMENSIONS``) times +1, 0 or -1, with probabilities 1/6, 2/3 and 1/6 (Achlioptas,
    "Database-friendly random projections: Johnson-Lindenstrauss with binary coins", J. Comput. Syst. Sci. 66, 2003). It is a
    function of ``num_features`` alone, for a reference of last year is compared with today's day: NumPy promises that the raw
    numbers of a bit generator never change (NEP 19), which it does not of what a ``Generator`` draws.
    """
    faces = np.random.PCG64(SEED).random_raw(num_features * NUM_DIMENSIONS) % np.uint64(6)
    signs = np.zeros(faces.shape, dtype=np.float32)
    signs[faces == 0], signs[faces == 1] = 1, -1
    matrix: np.ndarray = signs.reshape(num_features, NUM_DIMENSIONS) * np.float32(np.sqrt(3 / NUM_DIMENSIONS))
    matrix.setflags(write=False)
    return matrix
