"""Rules over weights, gradients and activations: is every layer alive?"""

import math
from collections.abc import Mapping
from typing import Final

from reviewloop.config import RuleConfig
from reviewloop.core.watch_rules.records import TensorRecord
from reviewloop.core.watch_rules.rule import Rule

_UNREACHED: Final = 1e-3
"""A layer whose gradient is under this share of the largest layer's learns next to nothing."""


class VanishingGradient(Rule[TensorRecord]):
    """Some layer gets no gradient to speak of, and stays as it was.

    ``threshold`` is the L2 norm of a layer's gradient, before clipping. Frozen layers do not count.
    SageMaker Debugger: VanishingGradient, which takes the mean absolute value instead.
    """

    name = "vanishing_gradient"
    reads = (TensorRecord,)
    unit = "L2 norm of a layer's gradient"
    advice = "Look at the head: saturated activations let nothing through. Lower the learning rates, or start from other weights."

    def applies(self, record: TensorRecord) -> bool:
        """Where at least one layer's gradient is finite."""
        return bool(_finite(_gradients(record)))

    def breach(self, record: TensorRecord) -> str:
        """The layer with the smallest gradient."""
        layer, norm = min(_finite(_gradients(record)).items(), key=lambda item: item[1])
        return f"the gradient of {layer} has norm {norm:.1e}" if norm < self.config.threshold else ""


class ExplodingTensor(Rule[TensorRecord]):
    """A weight or a gradient is huge or not finite.

    ``threshold`` is the largest absolute value that a layer's weights and gradients, before clipping, may hold.
    SageMaker Debugger: ExplodingTensor.
    """

    name = "exploding_tensor"
    reads = (TensorRecord,)
    unit = "absolute value"
    advice = "Lower the learning rates or max_gradient_norm, or lengthen the warm-up; look for rows with a huge weight."

    def breach(self, record: TensorRecord) -> str:
        """The layer with the largest value; NaN counts as larger than any."""
        values = {layer: one.largest if math.isfinite(one.largest) else math.inf for layer, one in record.layers.items()}
        layer, largest = max(values.items(), key=lambda item: item[1], default=("", 0.0))
        if largest <= self.config.threshold:
            return ""
        return f"{layer} holds a value of {largest:.1e}" if math.isfinite(largest) else f"{layer} holds a value that is not finite"


class PoorInitialisation(Rule[TensorRecord]):
    """From the first step on, learning does not reach most of the layers.

    ``threshold`` is the share of the layers whose gradient is under a thousandth of the largest layer's. Only the start
    counts: the first sound record ends the rule. SageMaker Debugger: PoorWeightInitialization.
    """

    name = "poor_initialisation"
    reads = (TensorRecord,)
    unit = "share of the layers"
    advice = "Look at the weights it starts from: a part is zero, or far larger than the rest. Start from other weights."

    def __init__(self, config: RuleConfig) -> None:
        super().__init__(config)
        self._settled = False

    def applies(self, record: TensorRecord) -> bool:
        """Until the layers have once been in order."""
        return not self._settled and bool(_finite(_gradients(record)))

    def breach(self, record: TensorRecord) -> str:
        """How many layers the gradient does not reach."""
        norms = _finite(_gradients(record))
        largest = max(norms.values())
        unreached = [layer for layer, norm in norms.items() if norm <= _UNREACHED * largest]
        self._settled = len(unreached) <= self.config.threshold * len(norms)
        if self._settled:
            return ""
        reached = f"get under a thousandth of the largest gradient ({largest:.1e})"
        return f"{len(unreached)} of {len(norms)} layers {reached} at step {record.step}"


class DeadNeurons(Rule[TensorRecord]):
    """Many units of a layer give 0 for every token.

    ``threshold`` is the share of a layer's intermediate units. SageMaker Debugger: DeadRelu.
    """

    name = "dead_neurons"
    reads = (TensorRecord,)
    unit = "share of a layer's units"
    advice = "Lower the learning rate and lengthen the warm-up: a large early step pushes units where their gradient is 0."

    def applies(self, record: TensorRecord) -> bool:
        """Where a layer has activation functions that can die."""
        return bool(_finite(_dead(record)))

    def breach(self, record: TensorRecord) -> str:
        """The layer with the most."""
        layer, share = max(_finite(_dead(record)).items(), key=lambda item: item[1])
        return f"{share:.0%} of the units of {layer} are dead" if share > self.config.threshold else ""


class SaturatedActivations(Rule[TensorRecord]):
    """Most values of a tanh or a sigmoid lie at its end, where its gradient is next to 0.

    ``threshold`` is the share of a layer's values beyond 0.99 (for a sigmoid: or under 0.01). In a BERT only the pooler has
    such a function. SageMaker Debugger: SaturatedActivation.
    """

    name = "saturated_activations"
    reads = (TensorRecord,)
    unit = "share of a layer's values"
    advice = "Lower head_learning_rate or raise weight_decay: the weights before the function have grown too large."

    def applies(self, record: TensorRecord) -> bool:
        """Where a layer has such a function."""
        return bool(_finite(_saturated(record)))

    def breach(self, record: TensorRecord) -> str:
        """The layer with the most."""
        layer, share = max(_finite(_saturated(record)).items(), key=lambda item: item[1])
        return f"{share:.0%} of the activations of {layer} are saturated" if share > self.config.threshold else ""


def _gradients(record: TensorRecord) -> dict[str, float]:
    return {layer: one.gradient_norm for layer, one in record.layers.items()}


def _dead(record: TensorRecord) -> dict[str, float]:
    return {layer: one.dead_share for layer, one in record.activations.items()}


def _saturated(record: TensorRecord) -> dict[str, float]:
    return {layer: one.saturated_share for layer, one in record.activations.items()}


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    return {layer: value for layer, value in values.items() if math.isfinite(value)}
