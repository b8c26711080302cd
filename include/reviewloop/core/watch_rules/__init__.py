"""The rules that watch a fine-tune while it runs: a debugger of what it learns, a profiler of what it costs.

A rule is a small class that reads records of one kind; ``Panel`` holds the configured ones. Where SageMaker Debugger has a
built-in rule of the same meaning, the class names it; thresholds are this project's own.
"""

from collections.abc import Mapping
from typing import Any, Final

from reviewloop.config import RuleName
from reviewloop.core.watch_rules import learning, steps, system, tensors
from reviewloop.core.watch_rules.rule import Rule

_CLASSES: Final[tuple[type[Rule[Any]], ...]] = (
    learning.LossNotDecreasing,
    learning.Overfit,
    learning.Overtraining,
    tensors.VanishingGradient,
    tensors.ExplodingTensor,
    tensors.PoorInitialisation,
    tensors.DeadNeurons,
    learning.NotFinite,
    learning.ClassImbalance,
    steps.StalledLoader,
    tensors.SaturatedActivations,
    system.LowGpuUse,
    system.LowCpuUse,
    system.CpuBottleneck,
    system.IoBottleneck,
    system.GpuMemory,
    steps.LoadImbalance,
    steps.StepOutliers,
)
RULES: Final[Mapping[RuleName, type[Rule[Any]]]] = {rule.name: rule for rule in _CLASSES}


def meaning(name: RuleName) -> tuple[str, str]:
    """What the rule finds, in a sentence, and the unit of its threshold."""
    rule = RULES[name]
    return (rule.__doc__ or "").partition("\n")[0], rule.unit
