"""Dropout for a CPU, where torch draws its masks one number at a time on one core: a quarter of a training step.

A mask needs one byte an element and no more than 8 bits of probability, which NumPy's SFC64 draws eight at a time.
"""

import numpy as np
import torch

LEVELS = 256
"""A probability is rounded to a multiple of 1 / ``LEVELS``: 0.1 becomes 26 / 256."""


class Draws:
    """The random bytes of one model's masks; ``seed`` makes what follows a function of its numbers alone."""

    def __init__(self) -> None:
        self._bits = np.random.SFC64(0)

    def seed(self, *numbers: int) -> None:
        """Start anew from ``numbers``, which must not be negative."""
        self._bits = np.random.SFC64(np.random.SeedSequence(numbers))

    def mask_for(self, values: torch.Tensor, num_dropped: int) -> torch.Tensor:
        """A mask in the shape and type of ``values``: each element 0 with the chance ``num_dropped`` / ``LEVELS``, else 1."""
        size = values.numel()
        raw = np.atleast_1d(self._bits.random_raw(-(-size // 8))).view(np.uint8)[:size]
        # Written as numbers: a product with truth values would first turn them into numbers, on the way there and back.
        mask = torch.empty_like(values, memory_format=torch.contiguous_format)
        return torch.ge(torch.from_numpy(raw).view(values.shape), num_dropped, out=mask)


class CpuDropout(torch.nn.Dropout):
    """What ``torch.nn.Dropout(p)`` does, with masks from ``draws``; in bf16 the scale is rounded to bf16, as torch's is."""

    def __init__(self, p: float, draws: Draws) -> None:
        super().__init__(p)
        self._num_dropped = round(p * LEVELS)
        self._scale = LEVELS / (LEVELS - self._num_dropped)
        self._draws = draws

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002  torch's name
        """``input`` with some values set to 0 and the others scaled up, so that the mean stays; unchanged outside training."""
        if not self.training or not self._num_dropped:
            return input
        return input * self._draws.mask_for(input, self._num_dropped).mul_(self._scale)


def speed_up(model: torch.nn.Module) -> Draws:
    """Replace every ``torch.nn.Dropout`` inside ``model``; returns what draws its masks. A probability of 1 stays torch's."""
    draws = Draws()
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is torch.nn.Dropout and child.p < 1:
                setattr(parent, name, CpuDropout(child.p, draws))
    return draws
