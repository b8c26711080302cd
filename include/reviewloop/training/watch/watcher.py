"""The watcher: the training loop tells it where it is; it records, judges and, where a rule says so, asks to stop."""

import math
import time
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import torch
from torch.nn.parallel import DistributedDataParallel

from reviewloop.config import WatchConfig
from reviewloop.core.watch_rules import RULES
from reviewloop.core.watch_rules.records import EpochRecord, Phase
from reviewloop.training.validation import ValidationMetrics
from reviewloop.training.watch.clock import clock_of
from reviewloop.training.watch.layers import num_classes
from reviewloop.training.watch.ranks import agree
from reviewloop.training.watch.recorder import Recorder
from reviewloop.training.watch.tensors import TensorProbe
from reviewloop.training.watch.window import Window

_RULES: Final = tuple(RULES)


class Watcher:
    """Observes a training of ``model`` and keeps its files in ``folder``, the ``watch/`` of the job's output.

    Records are made at captures, every ``every_steps`` steps; of the steps between only stamps and references are kept. The
    very first step is looked at too, since it shows the weights as they came. ``start_step`` is the number of steps that a
    resumed training has behind it. Every rank calls every method but ``end_epoch``, which other ranks than 0 may leave out.
    """

    def __init__(
        self, config: WatchConfig, model: torch.nn.Module, folder: Path, *, start_step: int, rank: int, world_size: int
    ) -> None:
        plain = model.module if isinstance(model, DistributedDataParallel) else model
        self._device = next(plain.parameters()).device
        self._every = config.every_steps
        self._world_size = world_size
        self._window = Window(clock_of(self._device), self._device, num_classes(plain), world_size)
        self._probe = TensorProbe(plain) if rank == 0 else None
        self._recorder = Recorder(config, folder, start_step) if rank == 0 else None
        self._step = start_step
        self._looks = False
        self._learning_rate = math.nan
        self.stopped_by: str | None = None
        """The rule that asked the training to stop."""
        if world_size == 1:
            self._heed_stop()

    @property
    def stop_requested(self) -> bool:
        """A rule with the action ``stop`` has fired. All ranks learn it at the same capture, and alone at once."""
        return self.stopped_by is not None

    def __enter__(self) -> Self:
        if self._recorder:
            self._recorder.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._probe:
            self._probe.detach()
        if not self._recorder:
            return
        if kind is None and self._world_size == 1:  # after an error the device may be past asking, and so may other ranks
            self._close_window()
        self._recorder.close(self._step)

    def begin_step(self, step: int) -> None:
        """The step about to run, counted from 0."""
        self._step = step
        self._looks = self._probe is not None and (step == 0 or self._at_capture(step + 1))
        if self._probe and self._looks:
            self._probe.attach()
        self._window.begin()

    def phase(self, name: Phase) -> AbstractContextManager[None]:
        """A part of the step. The gradients are there, and the weights not yet changed, when ``optimiser`` begins."""
        if name == "optimiser" and self._probe and self._looks:
            self._probe.before_update()
        return self._window.phase(name)

    def end_step(
        self, *, loss: torch.Tensor, labels: torch.Tensor, num_tokens: int, learning_rate: float, gradient_norm: torch.Tensor
    ) -> None:
        """The step is done. ``labels`` and ``num_tokens`` are this rank's, ``gradient_norm`` is the one before clipping."""
        self._window.end(loss, labels, num_tokens, gradient_norm)
        self._step += 1
        self._learning_rate = learning_rate
        if self._recorder and self._probe and self._looks:
            self._recorder.take(self._probe.read(self._step, gradient_norm), self._step)
        if self._at_capture(self._step):
            self._close_window()
            self._heed_stop()

    def end_epoch(self, epoch: int, step: int, train_loss: float | None, metrics: ValidationMetrics) -> None:
        """``epoch`` (from 1) ended after ``step`` steps; no ``train_loss`` where only a part of it was trained here.

        With several ranks a stop that the metrics ask for is told at the next capture, where all ranks meet.
        """
        if not self._recorder:
            return
        loss = math.nan if train_loss is None else train_loss
        self._recorder.take(EpochRecord(epoch, step, time.time(), loss, metrics.loss, metrics.accuracy, metrics.macro_f1), step)
        if self._world_size == 1:
            self._heed_stop()

    def _at_capture(self, num_steps: int) -> bool:
        return num_steps % self._every == 0

    def _close_window(self) -> None:
        record = self._window.close(self._step, self._learning_rate)
        if self._recorder and record:
            self._recorder.take(record, self._step)

    def _heed_stop(self) -> None:
        rule = self._recorder.stop_rule if self._recorder else None
        number = agree(_RULES.index(rule) if rule in _RULES else -1, self._device, self._world_size)
        if number >= 0 and self.stopped_by is None:
            self.stopped_by = _RULES[number]
