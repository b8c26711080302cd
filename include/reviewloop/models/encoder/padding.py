"""Batches of like length, padded to few shapes."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch

PAD_TO: Final = 8
"""Tokens; a batch is padded to the next multiple of this."""


def sorted_batches(lengths: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Row numbers by length, longest first (memory runs out at once or never), for a pass without training."""
    order = np.argsort(-lengths, kind="stable")
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


def pad(tokens: Sequence[np.ndarray], pad_id: int, limit: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and attention mask, both (rows, length) int64; length is a multiple of ``PAD_TO``, at most ``limit``."""
    longest = max(len(ids) for ids in tokens)
    length = min(-(-longest // PAD_TO) * PAD_TO, limit)
    ids = np.full((len(tokens), length), pad_id, dtype=np.int64)
    mask = np.zeros((len(tokens), length), dtype=np.int64)
    for row, row_ids in enumerate(tokens):
        ids[row, : len(row_ids)] = row_ids
        mask[row, : len(row_ids)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)
