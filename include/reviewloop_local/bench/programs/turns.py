"""The training, a turn at a time: so that contenders share a noisy machine fairly."""

import json
import resource
import sys
import time
from typing import TextIO

import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from reviewloop_local.bench.programs.tokens import TokenCount
from reviewloop_local.bench.recipe import Recipe

_RSS_UNIT = 2**20 if sys.platform == "darwin" else 2**10  # ru_maxrss counts bytes on macOS, kilobytes on Linux


class Turns:
    """Holds the training after every turn, reports the turn, and waits for a line before the next.

    It hangs on torch's hook after an optimiser step, so that the contenders' programs stay as they are. The first step of
    an epoch is in no turn: what comes before it (loading, or the validation of the last epoch) is not training. Ends the
    process when ``words`` is closed.
    """

    def __init__(self, recipe: Recipe, words: TextIO, reports: TextIO) -> None:
        self._recipe, self._words, self._reports = recipe, words, reports
        self._num_steps = 0
        self._began = 0.0
        self._tokens = TokenCount()

    def __enter__(self) -> "Turns":
        self._tokens.start()
        self._hook = register_optimizer_step_post_hook(self._after_step)
        return self

    def __exit__(self, *_: object) -> None:
        self._hook.remove()
        self._tokens.stop()

    def _after_step(self, *_: object) -> None:
        place = self._num_steps % self._recipe.steps_per_epoch  # in its epoch, from 0
        self._num_steps += 1
        if self._num_steps == 1:
            self._tokens.settle()
        if place == 0:
            self._begin()
        elif place % self._recipe.turn_steps == 0 or place + 1 == self._recipe.steps_per_epoch:
            self._end()
            self._begin()

    def _begin(self) -> None:
        _finish_gpu_work()
        self._tokens.clear()
        self._began = time.perf_counter()

    def _end(self) -> None:
        _finish_gpu_work()
        seconds = time.perf_counter() - self._began
        num_tokens, num_read = self._tokens.counts()
        turn = {"seconds": seconds, "num_tokens": num_tokens, "num_read": num_read, **_memory()}
        print(json.dumps(turn), file=self._reports, flush=True)
        if not self._words.readline():
            raise SystemExit(0)


def _finish_gpu_work() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()  # kernels run behind the program; only at the ends of a turn must they be waited for


def _memory() -> dict[str, float | None]:
    """The most that this process has held so far, in MiB."""
    gpu = torch.cuda.max_memory_allocated() / 2**20 if torch.cuda.is_available() else None
    return {"memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT / 2**20, "gpu_memory_mb": gpu}
