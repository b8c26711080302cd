"""A batch as the model reads it: cut into passes, padded, and with its rows' shares of the loss.

The shares are reckoned over the whole batch, so that passes and ranks add up to the gradient of the batch in one piece.
"""

from dataclasses import dataclass

import numpy as np
import torch

from reviewloop.models.encoder.padding import pad
from reviewloop.training.data.data import EncodedPart
from reviewloop.training.job import Job
from reviewloop.training.ranks import Ranks


@dataclass(frozen=True)
class Pass:
    """Rows that the model reads at once: token ids and mask (rows, length), class ids and shares of the loss (rows,)."""

    ids: torch.Tensor
    mask: torch.Tensor
    labels: torch.Tensor
    shares: torch.Tensor

    def to(self, device: torch.device) -> "Pass":
        """The same on ``device``; from pinned memory the copy runs beside the computation."""
        return Pass(*(tensor.to(device, non_blocking=True) for tensor in self._tensors()))

    def pinned(self) -> "Pass":
        """The same in memory that a GPU reads by itself."""
        return Pass(*(tensor.pin_memory() for tensor in self._tensors()))

    def _tensors(self) -> tuple[torch.Tensor, ...]:
        return self.ids, self.mask, self.labels, self.shares


@dataclass(frozen=True)
class Batch:
    """One optimiser step's rows: ``num_rows`` of them over all ranks, the rest is what falls to this one."""

    passes: tuple[Pass, ...]
    labels: torch.Tensor
    num_tokens: int
    """Real ones, without the padding."""
    num_rows: int


def make_batch(rows: np.ndarray, part: EncodedPart, job: Job, ranks: Ranks, pad_id: int, pinned: bool = False) -> Batch:
    """The batch of ``rows`` (row numbers in order of length) for this rank.

    Ranks take every n-th row, so that each has the same lengths. A rank that is left without a row, at the end of an epoch,
    reads one that counts for nothing: its partners wait for its gradient.
    """
    mine = rows[ranks.rank :: ranks.world_size]
    cuts = [cut for cut in np.array_split(mine, job.accumulation) if len(cut)]
    passes = [_make_pass(cut, part, 1 / len(rows), pad_id, job.max_seq_length) for cut in cuts]
    passes = passes or [_make_pass(rows[:1], part, 0.0, pad_id, job.max_seq_length)]
    if pinned:
        passes = [one.pinned() for one in passes]
    labels, num_tokens = torch.from_numpy(part.labels[mine]), int(part.lengths[mine].sum())
    return Batch(tuple(passes), labels, num_tokens, len(rows))


def _make_pass(rows: np.ndarray, part: EncodedPart, share: float, pad_id: int, limit: int) -> Pass:
    ids, mask = pad([part.tokens[row] for row in rows], pad_id, limit)
    return Pass(ids, mask, torch.from_numpy(part.labels[rows]), torch.from_numpy(part.weights[rows]) * share)
