"""Hidden states in bf16 between an encoder's layers too, on a processor that multiplies in it.

Autocast makes the products bf16. But the embeddings are fp32, a product added to them is fp32 again, and so every layer hands
fp32 to the next, which turns it back into bf16 for each of its products. Begun in bf16 it stays so: a twentieth of a training
step of MiniLM. What is lost is the rounding of one sum before each norm, which itself computes in fp32; in encoders of BERT's
make every sum is normalised before the next is added, so the roundings do not pile up. On a GPU autocast has norms return fp32,
and nothing changes.
"""

import torch
from transformers import PreTrainedModel

from reviewloop.models.encoder.first_token import FAMILIES


def narrow_residuals(model: PreTrainedModel) -> None:
    """Let what ``model`` makes of a text begin in autocast's type, where autocast is in force on a CPU; another family stays."""
    if model.config.model_type in FAMILIES:
        model.base_model.embeddings.register_forward_hook(_narrow)


def _narrow(_: torch.nn.Module, __: tuple[object, ...], embedded: torch.Tensor) -> torch.Tensor:
    if embedded.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
        return embedded.to(torch.get_autocast_dtype("cpu"))
    return embedded
