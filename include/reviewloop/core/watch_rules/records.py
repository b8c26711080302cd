"""What is observed of a running fine-tune: one record of each kind is one line of a file in the job's ``watch/`` folder.

A number that is not there, or is not finite, is NaN here and ``null`` in the file: JSON knows no NaN.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, TypeVar

Phase = Literal["data", "forward", "backward", "optimiser"]


@dataclass(frozen=True)
class StepWindow:
    """``steps.jsonl``: the ``num_steps`` optimiser steps that end with ``step`` (counted from 1)."""

    step: int
    time: float
    """Unix seconds, as in every record."""
    num_steps: int
    seconds: float
    """Of the steps alone: what the program does between two steps is not in it."""
    num_rows: int
    num_tokens: int
    """Both over all ranks."""
    phases: Mapping[str, float]
    """Seconds in each phase of a step, and ``other``."""
    median_step_seconds: float
    slowest_step_seconds: float
    slowest_step: int
    loss: float
    """Mean over the window."""
    learning_rate: float
    gradient_norm: float
    """Of the window's last step, before clipping; so is the learning rate."""
    finite: bool
    """Whether loss and gradient were finite in every step of the window."""
    class_shares: tuple[float, ...]
    rank_seconds: tuple[float, ...]
    """What each rank spent on data and forward pass, where no rank waits for another."""


@dataclass(frozen=True)
class LayerTensors:
    """One layer at one step. ``gradient_norm`` and ``weight_norm`` are L2, the gradient before clipping."""

    gradient_norm: float
    weight_norm: float
    update_ratio: float
    """L2 norm of the step's change over that of the weights."""
    largest: float
    """The largest absolute value among weights and gradients."""


@dataclass(frozen=True)
class Activations:
    """What a layer's activation functions gave in one step; NaN where it has none of the kind."""

    dead_share: float
    """Of the units that stay near 0 for every token of the batch."""
    saturated_share: float
    """Of the values of a tanh or a sigmoid that lie at its end."""


@dataclass(frozen=True)
class TensorRecord:
    """``tensors.jsonl``: the layers that learn (``embeddings``, ``layer.0`` .., ``head``) at one step."""

    step: int
    time: float
    layers: Mapping[str, LayerTensors]
    activations: Mapping[str, Activations]


@dataclass(frozen=True)
class GpuReading:
    """One GPU: share of the time in which it computed, share and MB (10^6 bytes) of its memory in use."""

    use: float
    memory_share: float
    memory_mb: float


@dataclass(frozen=True)
class SystemReading:
    """``system.jsonl``: the machine over the last ``system_seconds``."""

    time: float
    cpu: tuple[float, ...]
    """Percent, one entry a core, of everything that runs."""
    process_cpu: float
    """Percent of one core that this process took; four busy cores are 400."""
    memory_mb: float
    """Resident memory of this process, 10^6 bytes."""
    read_mb_s: float
    write_mb_s: float
    """What this process moved to and from disks."""
    io_wait_share: float
    """Of the processors' time, spent idle because a disk had not answered."""
    gpu: tuple[GpuReading, ...]


@dataclass(frozen=True)
class EpochRecord:
    """``epochs.jsonl``: the metrics at the end of an epoch; ``train_loss`` is NaN where the epoch was not trained in one go."""

    epoch: int
    step: int
    time: float
    train_loss: float
    validation_loss: float
    accuracy: float
    macro_f1: float


@dataclass(frozen=True)
class Finding:
    """``findings.jsonl``: a rule fired, with what it saw and what to do."""

    rule: str
    action: str
    step: int
    time: float
    saw: str
    advice: str


StepRecord = StepWindow | TensorRecord | EpochRecord
Record = StepRecord | SystemReading

R = TypeVar("R", bound=Record | Finding | LayerTensors | Activations | GpuReading)

FILES: Final[Mapping[type, str]] = {
    StepWindow: "steps.jsonl",
    TensorRecord: "tensors.jsonl",
    SystemReading: "system.jsonl",
    EpochRecord: "epochs.jsonl",
    Finding: "findings.jsonl",
}

_NESTED: Final[Mapping[str, type]] = {"layers": LayerTensors, "activations": Activations}


def to_line(record: Record | Finding) -> bytes:
    """The record as one line of JSON."""
    return json.dumps(_plain(asdict(record)), allow_nan=False).encode() + b"\n"


def read_lines(data: bytes) -> list[dict[str, Any]]:
    """The objects in ``data``, one a line; a line that is not a whole object, as a kill leaves it, is left out."""
    found = []
    for line in data[: data.rfind(b"\n") + 1].splitlines():
        try:
            value = json.loads(line)
        except ValueError:  # also bytes that are no UTF-8
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def read_records(kind: type[R], data: bytes) -> list[R]:
    """The records of ``kind`` in ``data``; a line that is none, as another version of the program left it, is left out."""
    found = []
    for values in read_lines(data):
        try:
            found.append(_record(kind, values))
        except (KeyError, TypeError, AttributeError):
            continue
    return found


def _record(kind: type[R], values: Mapping[str, Any]) -> R:
    known = {field.name: values[field.name] for field in fields(kind)}
    for name, nested in _NESTED.items():
        if name in known:
            known[name] = {key: _record(nested, value) for key, value in known[name].items()}
    if kind is SystemReading:
        known["gpu"] = tuple(_record(GpuReading, value) for value in known["gpu"])
    return kind(**{name: _whole(value) for name, value in known.items()})


def _plain(value: Any) -> Any:
    """As JSON takes it."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _whole(value: Any) -> Any:
    """As it was before ``_plain``, but for the infinite."""
    if isinstance(value, list):
        return tuple(_whole(item) for item in value)
    return math.nan if value is None else value
