"""Hooks on activation functions, there for one step only: how many units are dead, how many values saturated."""

import math
from functools import partial
from typing import Any, Final

import torch
from torch import nn

from reviewloop.core.watch_rules.records import Activations
from reviewloop.training.watch import layers

_DEAD: Final = 1e-3
"""A unit of a GELU, ReLU or the like is dead where it stays under this, in absolute value, for every token of the batch."""
_SATURATED: Final = 0.99
"""A tanh is saturated beyond this; a sigmoid beyond it, or as near to 0."""


class ActivationProbe:
    """Looks at every forward pass between ``attach`` and ``read``."""

    def __init__(self, model: nn.Module) -> None:
        self._bounded = [(layer, one) for layer, one in layers.activations(model) if isinstance(one, nn.Tanh | nn.Sigmoid)]
        self._open = [(layer, one) for layer, one in layers.activations(model) if not isinstance(one, nn.Tanh | nn.Sigmoid)]
        self._functional = layers.tanh_inputs(model)
        self._hooks: list[torch.utils.hooks.RemovableHandle] = []
        self._largest: dict[str, dict[nn.Module, torch.Tensor]] = {}
        self._shares: dict[str, list[torch.Tensor]] = {}

    def attach(self) -> None:
        """Begin to look."""
        self.detach()
        self._largest, self._shares = {}, {}
        for layer, module in self._open:
            self._hooks.append(module.register_forward_hook(partial(self._see_open, layer)))
        for layer, module in self._bounded:
            self._hooks.append(module.register_forward_hook(partial(self._see_bounded, layer)))
        for module in self._functional:
            self._hooks.append(module.register_forward_hook(self._see_tanh_input))

    def detach(self) -> None:
        """Look no longer."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def read(self) -> dict[str, Activations]:
        """What was seen, by layer; the one place where the device is asked."""
        self.detach()
        dead = {
            layer: torch.cat([(largest < _DEAD).float() for largest in found.values()]).mean()
            for layer, found in self._largest.items()
        }
        saturated = {layer: torch.stack(shares).mean() for layer, shares in self._shares.items()}
        dead_shares, saturated_shares = _fetch(dead), _fetch(saturated)
        self._largest, self._shares = {}, {}
        return {
            layer: Activations(dead_shares.get(layer, math.nan), saturated_shares.get(layer, math.nan))
            for layer in {**dead_shares, **saturated_shares}
        }

    def _see_open(self, layer: str, module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
        largest = output.detach().flatten(0, -2).abs().amax(0)
        found = self._largest.setdefault(layer, {})
        # A step may take several passes: a unit that lives in one of them is alive.
        found[module] = torch.maximum(found[module], largest) if module in found else largest

    def _see_bounded(self, layer: str, module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
        values = output.detach() if isinstance(module, nn.Tanh) else 2 * output.detach() - 1
        limit = _SATURATED if isinstance(module, nn.Tanh) else 2 * _SATURATED - 1
        self._shares.setdefault(layer, []).append((values.abs() > limit).float().mean())

    def _see_tanh_input(self, _module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
        share = (output.detach().tanh().abs() > _SATURATED).float().mean()
        self._shares.setdefault(layers.HEAD, []).append(share)


def _fetch(values: dict[str, torch.Tensor]) -> dict[str, float]:
    if not values:
        return {}
    return dict(zip(values, torch.stack(list(values.values())).tolist(), strict=True))
