"""What watching costs: ``python -m reviewloop_local.bench.programs.watching``, in steps of a model of MiniLM's shape.

Stretches of training with and without the watcher take turns, so that whatever else runs on the machine slows both alike. Beside
that, the watcher's own code is timed: a clock on the wall tells apart no less than a few hundredths on a machine that others share.
"""

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification

from reviewloop.config import WatchConfig, load_config
from reviewloop.models.encoder.device import autocast, pick_device
from reviewloop.training.memory import keep_freed_memory
from reviewloop.training.optimisation.step import adapt
from reviewloop.training.watch.activations import ActivationProbe
from reviewloop.training.watch.system import Sampler
from reviewloop.training.watch.watcher import Watcher

ROWS: Final = 32
TOKENS: Final = 96
_RESAMPLES: Final = 2000
_CALLS: Final = (
    (Watcher, "begin_step"),
    (Watcher, "phase"),
    (Watcher, "end_step"),
    (ActivationProbe, "_see_open"),
    (ActivationProbe, "_see_bounded"),
    (ActivationProbe, "_see_tanh_input"),
)
"""Where the training's thread is in the watcher's code, hooks included."""


def measure(steps: int) -> dict[str, float]:
    """Seconds of a watched step over those of an unwatched one: ``ratio``, and ``low`` and ``high`` of its 95 % interval.

    ``own`` is what the watcher's own code takes, as a share of the step without it: the seconds in it, and the processor time of
    the thread that reads the machine, as if that held the training up.

    About ``steps`` are run of each kind, in stretches from one capture to the next. A step's seconds are its median over the
    stretches, the capture's apart from the others', so that what disturbs one step does not count. The interval is a
    bootstrap over pairs of stretches.
    """
    config = load_config().training.transformer.watch
    num_pairs = max(2, round(steps / config.every_steps))
    training = _Training()
    training.plain(config.every_steps)  # the first steps choose kernels and grow the memory
    with _timed() as spent:
        pairs = [_pair(training, config, number) for number in range(num_pairs)]
    plain, watched = (np.array(stretches) for stretches in zip(*pairs, strict=True))
    drawn = np.random.default_rng(0).integers(num_pairs, size=(_RESAMPLES, num_pairs))
    low, high = np.quantile(_seconds(watched[drawn]) / _seconds(plain[drawn]), [0.025, 0.975])
    own = sum(spent) / (watched.sum() - sum(spent))
    return {"ratio": float(_seconds(watched) / _seconds(plain)), "low": float(low), "high": float(high), "own": float(own)}


@contextmanager
def _timed() -> Iterator[list[float]]:
    """Seconds spent in the watcher's code meanwhile, call by call."""
    spent: list[float] = []

    def clocked(call: Callable[..., Any], clock: Callable[[], float]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            began = clock()
            try:
                return call(*arguments, **named)
            finally:
                spent.append(clock() - began)

        return timed

    with ExitStack() as stack:
        for owner, name in _CALLS:
            stack.enter_context(patch.object(owner, name, clocked(getattr(owner, name), time.perf_counter)))
        stack.enter_context(patch.object(Sampler, "_run", clocked(Sampler._run, time.thread_time)))
        yield spent


def _pair(training: "_Training", config: WatchConfig, number: int) -> tuple[list[float], list[float]]:
    """One stretch of each kind, unwatched and watched; every other pair begins with the watched one."""
    if number % 2:
        watched = training.watched(config)
        return training.plain(config.every_steps), watched
    return training.plain(config.every_steps), training.watched(config)


def _seconds(stretches: np.ndarray) -> np.ndarray:
    """Of one stretch, without its disturbances; ``stretches`` are (..., stretches, steps)."""
    capture, others = stretches[..., :, -1], stretches[..., :, :-1]
    num_others = others.shape[-1]
    between = np.median(others.reshape(*others.shape[:-2], -1), axis=-1) if num_others else 0.0
    return np.asarray(np.median(capture, axis=-1) + num_others * between)


class _Training:
    """Steps on the same made-up rows, as the fine-tune makes them."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        sizes = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
        shape = BertConfig(**sizes, attention_probs_dropout_prob=0.0, num_labels=3)
        self._model = BertForSequenceClassification(shape).to(pick_device()).train()
        adapt(self._model)
        self._optimiser = torch.optim.AdamW(self._model.parameters(), lr=1e-5, fused=True)
        self._ids = torch.randint(1000, shape.vocab_size, (ROWS, TOKENS), device=self._model.device)
        self._labels = torch.randint(0, shape.num_labels, (ROWS,), device=self._model.device)

    def plain(self, num_steps: int) -> list[float]:
        """Seconds of each of ``num_steps`` steps that nobody watches."""
        times = [self._now()]
        for _ in range(num_steps):
            self._backward(self._forward())
            self._clip()
            self._optimiser.step()
            times.append(self._now())
        return np.diff(times).tolist()

    def watched(self, config: WatchConfig) -> list[float]:
        """Seconds of each of the same steps, the last of them with the capture."""
        start = config.every_steps  # not the very first step, which has a capture of its own
        with (
            tempfile.TemporaryDirectory() as folder,
            Watcher(config, self._model, Path(folder), start_step=start, rank=0, world_size=1) as watcher,
        ):
            times = [self._now()]
            for step in range(start, start + config.every_steps):
                watcher.begin_step(step)
                with watcher.phase("forward"):
                    loss = self._forward()
                with watcher.phase("backward"):
                    self._backward(loss)
                    norm = self._clip()
                with watcher.phase("optimiser"):
                    self._optimiser.step()
                watcher.end_step(loss=loss, labels=self._labels, num_tokens=ROWS * TOKENS, learning_rate=1e-5, gradient_norm=norm)
                times.append(self._now())
            return np.diff(times).tolist()

    def _forward(self) -> torch.Tensor:
        with autocast(self._model.device):
            logits = self._model(input_ids=self._ids).logits
        return torch.nn.functional.cross_entropy(logits.float(), self._labels)

    def _backward(self, loss: torch.Tensor) -> None:
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]

    def _clip(self) -> torch.Tensor:
        return torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)

    def _now(self) -> float:
        if self._model.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=200, help="of each kind (default 200)")
    steps = parser.parse_args().steps
    keep_freed_memory()
    logging.basicConfig(level=logging.ERROR)  # rules have no say over made-up rows
    print(json.dumps(measure(steps)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
