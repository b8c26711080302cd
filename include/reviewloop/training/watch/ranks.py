"""What the ranks of a distributed training tell each other, at captures only. Alone, nothing is sent."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.distributed as dist


def gather(values: Sequence[float], device: torch.device, world_size: int) -> np.ndarray:
    """The numbers of every rank, (ranks, values); each rank calls it, with as many values."""
    mine = torch.tensor(values, dtype=torch.float64, device=device)
    everyone = [mine]
    if world_size > 1:
        everyone = [torch.empty_like(mine) for _ in range(world_size)]
        dist.all_gather(everyone, mine)
    return torch.stack(everyone).cpu().numpy()


def agree(value: int, device: torch.device, world_size: int) -> int:
    """Rank 0's ``value``, on every rank; each rank calls it."""
    if world_size == 1:
        return value
    shared = torch.tensor(value, device=device)
    dist.broadcast(shared, src=0)
    return int(shared.item())
