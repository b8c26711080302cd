"""The processes that train one model together: a single one, or those that ``torchrun`` started."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

import torch
import torch.distributed

from reviewloop.errors import ConfigError

Shared = TypeVar("Shared")
PATIENCE: Final = timedelta(hours=2)
"""How long a rank waits for another: the first validates alone, and on a large part that takes a while."""


@dataclass(frozen=True)
class Ranks:
    """This process among ``world_size``; the first alone validates and writes."""

    rank: int = 0
    world_size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that writes."""
        return self.rank == 0

    def share(self, value: Shared) -> Shared:
        """The first rank's ``value``, in every rank."""
        if self.world_size == 1:
            return value
        box = [value]
        torch.distributed.broadcast_object_list(box, src=0)
        return box[0]

    def add(self, tensor: torch.Tensor) -> torch.Tensor:
        """``tensor`` with the sum over the ranks in place of its own value."""
        if self.world_size > 1:
            torch.distributed.all_reduce(tensor)
        return tensor

    def wait(self) -> None:
        """Until every rank has come here."""
        if self.world_size > 1:
            torch.distributed.barrier()


@contextmanager
def join() -> Iterator[Ranks]:
    """The group that ``torchrun`` made of this process and its partners; without it, this process alone.

    Raises ``ConfigError`` when a machine with GPUs has fewer of them than ranks.
    """
    world_size = int(os.environ.get("WORLD_SIZE", "1"))
    if world_size == 1 or "LOCAL_RANK" not in os.environ:
        yield Ranks()
        return
    local_rank, num_gpus = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    if num_gpus:
        if local_rank >= num_gpus:
            raise ConfigError(f"--nproc-per-node: rank {local_rank} has no GPU; this machine has {num_gpus}, start as many ranks")
        torch.cuda.set_device(local_rank)
    torch.distributed.init_process_group("nccl" if num_gpus else "gloo", timeout=PATIENCE)
    yield Ranks(torch.distributed.get_rank(), world_size)
    torch.distributed.destroy_process_group()  # after an error it would wait for partners that are gone


def lost_a_partner(error: BaseException) -> bool:
    """Whether ``error`` only says that another rank is gone; that one's own log says why."""
    by_type = isinstance(error, torch.distributed.DistError)
    return by_type or (isinstance(error, RuntimeError) and "gloo" in str(error) and "onnection" in str(error))
