"""Records of a training in which all is well, with what a test wants otherwise; and the rules that fire at them."""

from collections.abc import Iterable
from typing import Any

from reviewloop.config import RuleConfig, RuleName
from reviewloop.core.watch_rules import RULES
from reviewloop.core.watch_rules.records import (
    Activations,
    EpochRecord,
    GpuReading,
    LayerTensors,
    Record,
    StepWindow,
    SystemReading,
    TensorRecord,
)

LAYERS = ("embeddings", "layer.0", "layer.1", "head")


def window(step: int = 10, **changes: Any) -> StepWindow:
    sound: dict[str, Any] = {
        "step": step,
        "time": 1e9 + step,
        "num_steps": 10,
        "seconds": 5.0,
        "num_rows": 320,
        "num_tokens": 20000,
        "phases": {"data": 0.1, "forward": 1.5, "backward": 3.0, "optimiser": 0.3, "other": 0.1},
        "median_step_seconds": 0.5,
        "slowest_step_seconds": 0.9,
        "slowest_step": step - 3,
        "loss": 0.5,
        "learning_rate": 1e-4,
        "gradient_norm": 1.0,
        "finite": True,
        "class_shares": (0.1, 0.15, 0.75),
        "rank_seconds": (1.6,),
    }
    return StepWindow(**{**sound, **changes})


def tensors(step: int = 10, gradients: Iterable[float] = (0.1, 0.2, 0.3, 1.0), **changes: Any) -> TensorRecord:
    """``changes`` are fields of the head's tensors or of layer.1's activations."""
    layers = {
        name: LayerTensors(gradient_norm=norm, weight_norm=30.0, update_ratio=1e-3, largest=2.0)
        for name, norm in zip(LAYERS, gradients, strict=True)
    }
    seen = {"dead_share": 0.02, "saturated_share": 0.1}
    seen |= {key: value for key, value in changes.items() if key in seen}
    if "largest" in changes:
        layers["head"] = LayerTensors(1.0, 30.0, 1e-3, changes["largest"])
    activations = {"layer.0": Activations(0.02, float("nan")), "layer.1": Activations(**seen)}
    return TensorRecord(step, 1e9 + step, layers, activations)


def reading(second: float = 0, gpu: tuple[GpuReading, ...] = (), **changes: Any) -> SystemReading:
    sound: dict[str, Any] = {
        "time": 1e9 + second,
        "cpu": (95.0, 85.0),
        "process_cpu": 170.0,
        "memory_mb": 900.0,
        "read_mb_s": 0.0,
        "write_mb_s": 1.0,
        "io_wait_share": 0.01,
        "gpu": gpu,
    }
    return SystemReading(**{**sound, **changes})


def gpu(use: float = 0.9, memory_share: float = 0.4) -> GpuReading:
    return GpuReading(use, memory_share, memory_share * 80000)


def epoch(number: int, macro_f1: float = 0.7, **changes: Any) -> EpochRecord:
    sound: dict[str, Any] = {"train_loss": 0.5, "validation_loss": 0.45, "accuracy": 0.85}
    return EpochRecord(number, number * 500, 1e9 + number, macro_f1=macro_f1, **{**sound, **changes})


def fired(name: RuleName, records: Iterable[Record], *, threshold: float, patience: int = 1) -> dict[int, str]:
    """What the rule saw, by the position (from 1) of the record at which it fired."""
    rule = RULES[name](RuleConfig(action="warn", threshold=threshold, patience=patience))
    seen = {position: rule.observe(record) for position, record in enumerate(records, 1)}
    return {position: saw for position, saw in seen.items() if saw is not None}
