"""Weights and gradients of one step, layer by layer, in a few fused calls."""

import math
import time
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import nn

from reviewloop.core.watch_rules.records import LayerTensors, TensorRecord
from reviewloop.training.watch import layers
from reviewloop.training.watch.activations import ActivationProbe

_SAMPLE: Final = 16384
"""Values of a tensor, evenly spread, by which its change is measured: a copy of all would take the model's memory again."""


class TensorProbe:
    """One step's look: ``attach`` before it, ``before_update`` when its gradients are there, ``read`` after the update."""

    def __init__(self, model: nn.Module) -> None:
        self._layers = layers.parameters(model)
        self._activations = ActivationProbe(model)
        self._learning: list[tuple[str, nn.Parameter]] = []
        self._gradients = torch.empty(0)
        self._before: list[torch.Tensor] = []

    def attach(self) -> None:
        """Begin to look."""
        self._learning = []
        self._activations.attach()

    def detach(self) -> None:
        """Look no longer."""
        self._activations.detach()

    @torch.no_grad()
    def before_update(self) -> None:
        """Note the gradients and a sample of the weights."""
        self._learning = [(layer, one) for layer, group in self._layers.items() for one in group if one.grad is not None]
        gradients = [one.grad for _, one in self._learning if one.grad is not None]
        if gradients:
            self._gradients = torch.stack([_norms(gradients), _largest(gradients)])
        self._before = [_sample(one).clone() for _, one in self._learning]

    @torch.no_grad()
    def read(self, step: int, gradient_norm: torch.Tensor) -> TensorRecord:
        """The record of ``step`` (from 1). ``gradient_norm`` is over all layers, before clipping."""
        activations = self._activations.read()
        found: dict[str, LayerTensors] = {}
        if self._learning:
            weights = [one.detach() for _, one in self._learning]
            change = torch._foreach_sub([_sample(weight) for weight in weights], self._before)
            rows = [_norms(weights), _largest(weights), _norms(change), _norms(self._before)]
            table = torch.cat([self._gradients, torch.stack(rows)]).double().cpu().numpy()
            names = [layer for layer, _ in self._learning]
            strides = np.array([_stride(weight) for weight in weights], dtype=float)
            found = _by_layer(names, table, strides, gradient_norm.item())
        self._before, self._learning = [], []
        return TensorRecord(step, time.time(), found, activations)


def _by_layer(names: Sequence[str], table: np.ndarray, strides: np.ndarray, gradient_norm: float) -> dict[str, LayerTensors]:
    """``table`` (6, tensors) holds of each tensor the L2 norm and largest value of the gradient, the same of the weights, and the
    L2 norms of its sample's change and of its sample.
    """
    gradient, largest_gradient, weight, largest_weight, change, sample = table
    seen = _l2(gradient)
    # The loop may have clipped the gradients by now, all by the same factor: what they were before is what counts.
    unclip = gradient_norm / seen if seen > 0 else 1.0
    found = {}
    for layer in dict.fromkeys(names):
        of_layer = np.array([name == layer for name in names])
        scale = np.sqrt(strides[of_layer])
        weights_now = _l2(sample[of_layer] * scale)
        found[layer] = LayerTensors(
            gradient_norm=_l2(gradient[of_layer]) * unclip,
            weight_norm=_l2(weight[of_layer]),
            update_ratio=_l2(change[of_layer] * scale) / weights_now if weights_now > 0 else math.nan,
            largest=float(np.maximum(largest_weight[of_layer].max(), largest_gradient[of_layer].max() * unclip)),  # NaN stays
        )
    return found


def _l2(values: np.ndarray) -> float:
    return float(np.sqrt(np.square(values).sum()))


def _norms(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack(torch._foreach_norm(list(tensors)))


def _largest(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """The largest absolute values; NaN where there is one. On a CPU the infinity norm takes ten times as long."""
    ends = [torch.aminmax(tensor) for tensor in tensors]
    return torch.maximum(torch.stack([end.max for end in ends]), -torch.stack([end.min for end in ends]))


def _stride(tensor: torch.Tensor) -> int:
    return max(1, tensor.numel() // _SAMPLE)


def _sample(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().flatten()[:: _stride(tensor)]
