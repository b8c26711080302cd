"""A small training loop under the watcher, with faults to plant."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from reviewloop.config import RuleConfig, WatchConfig
from reviewloop.core.watch_rules import RULES
from reviewloop.models.encoder.transformer import load_classifier
from reviewloop.training.watch.watcher import Watcher

LABELS = ("negative", "neutral", "positive")
ROWS, TOKENS = 6, 12
EVERY = 5
MAX_NORM = 0.1


def fresh_model(tiny_bert: Path) -> torch.nn.Module:
    torch.manual_seed(1)
    return load_classifier(tiny_bert, LABELS).train()


def rules(**changes: RuleConfig) -> dict[str, RuleConfig]:
    """Every rule off, but for those named."""
    off = RuleConfig(action="off", threshold=0, patience=1)
    return {name: changes.get(name, off) for name in RULES}


def rule(threshold: float, patience: int = 1, action: str = "warn") -> RuleConfig:
    return RuleConfig(action=action, threshold=threshold, patience=patience)


def watch(**changes: RuleConfig) -> WatchConfig:
    return WatchConfig(every_steps=EVERY, system_seconds=30, rules=rules(**changes))


def batch(step: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The same rows for the same step; one word gives the class away."""
    generator = torch.Generator().manual_seed(step)
    labels = torch.arange(ROWS) % 3
    ids = torch.randint(14, 40, (ROWS, TOKENS), generator=generator)
    ids[:, 1:6] = 5 + 3 * labels[:, None]
    return ids, labels


def train(
    model: torch.nn.Module,
    config: WatchConfig,
    folder: Path,
    num_steps: int,
    *,
    start_step: int = 0,
    learning_rate: float = 1e-3,
    optimiser: Callable[..., torch.optim.Optimizer] = torch.optim.AdamW,
    labels: torch.Tensor | None = None,
    losses: Mapping[int, float] = {},
    loss_scale: float = 1,
    data_seconds: float = 0,
    accumulation: int = 1,
    rank: int = 0,
    world_size: int = 1,
) -> Watcher:
    """Steps ``start_step`` to ``num_steps``, or until a rule stops it. ``losses`` are told to the watcher in place of the real."""
    steps = optimiser(model.parameters(), lr=learning_rate)
    with Watcher(config, model, folder, start_step=start_step, rank=rank, world_size=world_size) as watcher:
        for step in range(start_step, num_steps):
            watcher.begin_step(step)
            with watcher.phase("data"):
                time.sleep(data_seconds)
                ids, classes = batch(step)
                classes = classes if labels is None else labels
            steps.zero_grad(set_to_none=True)
            total = torch.zeros(())
            for rows, of_rows in zip(ids.chunk(accumulation), classes.chunk(accumulation), strict=True):
                with watcher.phase("forward"):
                    loss = torch.nn.functional.cross_entropy(model(input_ids=rows).logits, of_rows) / accumulation * loss_scale
                with watcher.phase("backward"):
                    loss.backward()
                total += loss.detach()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM)
            with watcher.phase("optimiser"):
                steps.step()
            told = torch.tensor(losses[step]) if step in losses else total
            watcher.end_step(loss=told, labels=classes, num_tokens=ids.numel(), learning_rate=learning_rate, gradient_norm=norm)
            if watcher.stop_requested:
                break
    return watcher


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    path = folder / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def fired(folder: Path) -> list[tuple[str, int]]:
    return [(found["rule"], found["step"]) for found in lines(folder, "findings")]
