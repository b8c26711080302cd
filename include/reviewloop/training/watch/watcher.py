"""The watcher: the training loop tells it where it is; it times the phases of the steps."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self

import torch

from reviewloop.config import WatchConfig
from reviewloop.training.validation import Marks

Phase = Literal["data", "forward", "backward", "optimiser"]


class Watcher:
    """Observes a training of ``model``. ``start_step`` is the number of steps that a resumed training has behind it."""

    def __init__(
        self,
        config: WatchConfig,
        model: torch.nn.Module,
        folder: Path,
        *,
        start_step: int,
        rank: int,
        world_size: int,  # noqa: ARG002
    ) -> None:
        self.seconds: dict[Phase, float] = dict.fromkeys(("data", "forward", "backward", "optimiser"), 0.0)
        self.stopped_by: str | None = None
        """The rule that asked the training to stop."""

    @property
    def stop_requested(self) -> bool:
        """A rule with the action ``stop`` has fired."""
        return self.stopped_by is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return

    def begin_step(self, step: int) -> None:
        """The step about to run, counted from 0."""

    @contextmanager
    def phase(self, name: Phase) -> Iterator[None]:
        """A part of the step; it may come several times."""
        begun = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - begun

    def end_step(
        self, *, loss: torch.Tensor, labels: torch.Tensor, num_tokens: int, learning_rate: float, gradient_norm: torch.Tensor
    ) -> None:
        """The step is done. ``labels`` and ``num_tokens`` are this rank's, ``gradient_norm`` is the one before clipping."""

    def end_epoch(self, epoch: int, step: int, train_loss: float | None, marks: Marks) -> None:
        """``epoch`` (from 1) ended after ``step`` steps."""
