"""What watching costs: ``python -m reviewloop.training.watch.cost``, in steps of a model of MiniLM's shape.

Stretches of training with and without the watcher take turns, so that whatever else runs on the machine slows both alike.
"""

import argparse
import json
import logging
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification

from reviewloop.config import load_config
from reviewloop.config.training import WatchConfig
from reviewloop.training.device import autocast, pick_device
from reviewloop.training.watch.watcher import Watcher

ROWS: Final = 32
TOKENS: Final = 96
_RESAMPLES: Final = 2000


def measure(steps: int) -> dict[str, float]:
    """Seconds of watched steps over those of unwatched ones: ``ratio``, and ``low`` and ``high`` of its 95 % interval.

    About ``steps`` are run of each kind. The interval is a bootstrap of the median over pairs of stretches.
    """
    config = load_config().training.transformer.watch
    num_pairs = max(2, round(steps / config.every_steps))
    training = _Training()
    training.plain(config.every_steps)  # the first steps choose kernels and grow the memory
    ratios = [_ratio(training, config, number) for number in range(num_pairs)]
    medians = np.median(np.random.default_rng(0).choice(ratios, (_RESAMPLES, num_pairs)), axis=1)
    low, high = np.quantile(medians, [0.025, 0.975])
    return {"ratio": statistics.median(ratios), "low": float(low), "high": float(high)}


def _ratio(training: "_Training", config: WatchConfig, number: int) -> float:
    """One stretch of each kind; every other pair begins with the watched one."""
    if number % 2:
        watched = training.watched(config)
        return watched / training.plain(config.every_steps)
    plain = training.plain(config.every_steps)
    return training.watched(config) / plain


class _Training:
    """Steps on the same made-up rows, as the fine-tune makes them."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        shape = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, num_labels=3)
        self._model = BertForSequenceClassification(shape).to(pick_device()).train()
        self._optimiser = torch.optim.AdamW(self._model.parameters(), lr=1e-5, fused=True)
        self._ids = torch.randint(1000, shape.vocab_size, (ROWS, TOKENS), device=self._model.device)
        self._labels = torch.randint(0, shape.num_labels, (ROWS,), device=self._model.device)

    def plain(self, num_steps: int) -> float:
        """Seconds of ``num_steps`` steps that nobody watches."""
        begun = self._now()
        for _ in range(num_steps):
            self._backward(self._forward())
            self._clip()
            self._optimiser.step()
        return self._now() - begun

    def watched(self, config: WatchConfig) -> float:
        """Seconds of the same steps, with the one capture that falls to them."""
        start = config.every_steps  # not the very first step, which has a capture of its own
        with (
            tempfile.TemporaryDirectory() as folder,
            Watcher(config, self._model, Path(folder), start_step=start, rank=0, world_size=1) as watcher,
        ):
            begun = self._now()
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
            return self._now() - begun

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
    parser.add_argument("--steps", type=int, default=100, help="of each kind (default 100)")
    steps = parser.parse_args().steps
    logging.basicConfig(level=logging.ERROR)  # rules have no say over made-up rows
    print(json.dumps(measure(steps)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
