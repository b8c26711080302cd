"""The steps since the last capture: stamps and references are kept, and nothing is fetched from the device until the end."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch

from reviewloop.core.watch_rules.records import Phase, StepWindow
from reviewloop.training.watch.clock import Clock
from reviewloop.training.watch.ranks import gather

_LOCAL: Final[tuple[Phase, ...]] = ("data", "forward")
"""Phases in which no rank waits for another: the gradients are averaged in the backward pass."""


@dataclass
class _Step:
    begun: Any
    ended: Any = None
    phases: list[tuple[Phase, Any, Any]] = field(default_factory=list)


class Window:
    """Collects steps; ``close`` turns them into a record and starts anew."""

    def __init__(self, clock: Clock, device: torch.device, num_classes: int, world_size: int) -> None:
        self._clock = clock
        self._device = device
        self._num_classes = num_classes
        self._world_size = world_size
        self._clear()

    def _clear(self) -> None:
        self._steps: list[_Step] = []
        self._losses: list[torch.Tensor] = []
        self._norms: list[torch.Tensor] = []
        self._labels: list[torch.Tensor] = []
        self._num_tokens = 0

    def begin(self) -> None:
        """A step begins."""
        self._steps.append(_Step(self._clock.stamp()))

    @contextmanager
    def phase(self, name: Phase) -> Iterator[None]:
        """Part of the step that has begun; a phase may come several times in a step."""
        begun = self._clock.stamp()
        yield
        self._steps[-1].phases.append((name, begun, self._clock.stamp()))

    def end(self, loss: torch.Tensor, labels: torch.Tensor, num_tokens: int, gradient_norm: torch.Tensor) -> None:
        """The step that has begun is done."""
        self._steps[-1].ended = self._clock.stamp()
        self._losses.append(loss.detach().clone())  # the loop may add to its tensor in place
        self._norms.append(gradient_norm.detach())
        self._labels.append(labels)
        self._num_tokens += num_tokens

    def close(self, step: int, learning_rate: float) -> StepWindow | None:
        """The steps since the last close, the last of which was number ``step`` (from 1); None where there are none.

        With several ranks all of them must call it at the same step.
        """
        steps = [one for one in self._steps if one.ended is not None]
        if not steps:
            return None
        self._clock.wait()
        seconds = [self._clock.seconds(one.begun, one.ended) for one in steps]
        phases = self._phases(steps, sum(seconds))
        loss, norms = torch.stack(self._losses).float().cpu(), torch.stack(self._norms).float().cpu()
        counts = np.bincount(torch.cat(self._labels).cpu().numpy(), minlength=self._num_classes)
        finite = bool(loss.isfinite().all() and norms.isfinite().all())
        own = [sum(phases[name] for name in _LOCAL), loss.mean().item(), float(finite), self._num_tokens, *counts.tolist()]
        ranks = gather(own, self._device, self._world_size)
        self._clear()
        return StepWindow(
            step=step,
            time=time.time(),
            num_steps=len(steps),
            seconds=sum(seconds),
            num_rows=int(ranks[:, 4:].sum()),
            num_tokens=int(ranks[:, 3].sum()),
            phases=phases,
            median_step_seconds=statistics.median(seconds),
            slowest_step_seconds=max(seconds),
            slowest_step=step - len(steps) + 1 + seconds.index(max(seconds)),
            loss=float(ranks[:, 1].mean()),
            learning_rate=learning_rate,
            gradient_norm=norms[-1].item(),
            finite=bool(ranks[:, 2].all()),
            class_shares=tuple((ranks[:, 4:].sum(0) / ranks[:, 4:].sum()).tolist()),
            rank_seconds=tuple(ranks[:, 0].tolist()),
        )

    def _phases(self, steps: Sequence[_Step], seconds: float) -> dict[str, float]:
        found: dict[str, float] = dict.fromkeys(("data", "forward", "backward", "optimiser"), 0.0)
        for one in steps:
            for name, begun, ended in one.phases:
                found[name] += self._clock.seconds(begun, ended)
        return {**found, "other": max(0.0, seconds - sum(found.values()))}
