"""Our training with one part taken out or put in, to see what that part is worth.

A part that makes no difference has no place in the product.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Final
from unittest.mock import patch

import torch
from transformers import PreTrainedModel

from reviewloop.models.encoder import device, padding, transformer
from reviewloop.training import memory
from reviewloop.training.data import batches
from reviewloop.training.optimisation import step
from reviewloop.training.optimisation.dropout import Draws
from reviewloop.training.optimisation.layers import freeze

NUM_FROZEN: Final = 2
"""The lowest layers, the embeddings with them, of the contender ``frozen``."""


def _other_precision() -> ExitStack:
    """fp32 where the processor is given bf16, and the other way round."""
    on_cpu, on_gpu = device.gains_by_bf16(), torch.cuda.is_bf16_supported(including_emulation=False)
    stack = ExitStack()
    stack.enter_context(patch.object(device, "gains_by_bf16", lambda: not on_cpu))
    stack.enter_context(patch.object(torch.cuda, "is_bf16_supported", lambda **_: not on_gpu))
    return stack


class _UnfusedAdamW(torch.optim.AdamW):
    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{**settings, "fused": False})


def _compiled() -> AbstractContextManager[object]:
    """The whole encoder in one graph, for every length. Our dropout masks come from outside of torch and would cut it in pieces."""

    def compile_encoder(loaded: PreTrainedModel) -> Draws:
        loaded.base_model.compile(dynamic=True)  # in place: the weights keep their names
        return Draws()

    return patch.object(step, "speed_up", compile_encoder)


CHANGES: Final[dict[str, Callable[[], AbstractContextManager[object]]]] = {
    "frozen": lambda: patch.object(step, "freeze", lambda loaded, _: freeze(loaded, NUM_FROZEN)),
    "whole-top": lambda: patch.object(transformer, "read_first_token", lambda _: None),
    "no-buckets": lambda: patch.object(batches, "BATCHES_PER_GROUP", 1),
    "no-rounding": lambda: patch.object(padding, "PAD_TO", 1),
    "other-precision": _other_precision,
    "wide-residuals": lambda: patch.object(transformer, "narrow_residuals", lambda _: None),
    "unfused": lambda: patch.object(torch.optim, "AdamW", _UnfusedAdamW),
    "whole-vocabulary": lambda: patch.object(step, "read_only", lambda *_: None),
    "torch-dropout": lambda: patch.object(step, "speed_up", lambda _: Draws()),
    "attention-dropout": lambda: patch.object(transformer, "_set_attention_dropout", lambda *_: None),
    "sdpa": lambda: patch.object(PreTrainedModel, "set_attn_implementation", lambda *_: None),
    "returned-memory": lambda: patch.object(memory, "keep_freed_memory", lambda: False),
    "compiled": _compiled,
}
"""By the contender's name: what is in force while it trains."""
