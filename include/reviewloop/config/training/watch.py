"""The watch over a running fine-tune: its rules, and how often they look."""

from typing import Annotated, Literal

from pydantic import Field

from reviewloop.config.sections import Section, every

RuleName = Literal[
    "loss_not_decreasing", "overfit", "overtraining", "vanishing_gradient", "exploding_tensor", "poor_initialisation",
    "dead_neurons", "not_finite", "class_imbalance", "stalled_loader", "saturated_activations",
    "low_gpu_use", "low_cpu_use", "cpu_bottleneck", "io_bottleneck", "gpu_memory", "load_imbalance", "step_outliers",
]  # fmt: skip
"""The debugger's rules, then the profiler's: see ``reviewloop.core.watch_rules``."""


class RuleConfig(Section):
    """One rule over a running fine-tune. What ``threshold`` means, and its unit, stands with the rule."""

    action: Literal["off", "note", "warn", "stop"]
    """``note`` records the finding, ``warn`` tells the task's log too, ``stop`` ends the training and keeps the best epoch."""
    threshold: float
    patience: int = Field(ge=1)
    """Observations in a row that must break the threshold before the rule fires."""


class WatchConfig(Section):
    """The debugger and the profiler inside the fine-tune."""

    every_steps: int = Field(ge=1)
    """Optimiser steps between two captures of scalars."""
    system_seconds: float = Field(gt=0)
    """Between two readings of processor, memory, disk and GPU."""
    rules: Annotated[dict[RuleName, RuleConfig], every(RuleName)]
    """Every rule is named: none watches by an unseen default, none is forgotten."""
