"""The optimiser: which parameter learns at which rate, and how the rates change over the steps."""

import math

import torch
from transformers import PreTrainedModel

from reviewloop.models.encoder.encoder import encoder_layers
from reviewloop.training.job import Job
from reviewloop.training.optimisation.layers import heights


def make_optimiser(model: PreTrainedModel, job: Job) -> torch.optim.AdamW:
    """AdamW over what is not frozen, in groups of equal rate, with and without weight decay.

    The head starts from noise and needs larger steps than the encoder. So does the pooler below it, which encoders trained
    for sentence embeddings carry unused. Inside the encoder the rate falls by ``layer_decay`` a layer, downwards. Biases and
    norms, which are the vectors among the parameters, are not decayed, as in BERT. Each group keeps its peak learning rate
    under ``peak``.
    """
    top = len(encoder_layers(model))
    height_of = heights(model)
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        below = top - height_of[name]
        peak = job.head_learning_rate if below < 0 else job.learning_rate * job.layer_decay**below
        groups.setdefault((peak, job.weight_decay if parameter.ndim > 1 else 0.0), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": parameters, "peak": peak, "weight_decay": decay} for (peak, decay), parameters in groups.items()],
        lr=job.learning_rate,
        fused=True,
    )


def schedule(step: int, num_steps: int, job: Job) -> float:
    """The share of the peak learning rate for ``step`` (from 0): linear up over the warm-up, then as ``job.schedule`` says.

    ``linear`` and ``cosine`` fall to 0 at ``num_steps``, ``constant`` stays.
    """
    warmup = round(num_steps * job.warmup_share)
    if step < warmup:
        return (step + 1) / warmup
    left = (num_steps - step) / max(1, num_steps - warmup)
    match job.schedule:
        case "linear":
            return left
        case "cosine":
            return (1 - math.cos(math.pi * left)) / 2
        case "constant":
            return 1.0
