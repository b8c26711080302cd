"""What a transformer answers to tokens."""

from collections.abc import Sequence

import numpy as np
import torch
from transformers import PreTrainedModel

from reviewloop.models.encoder.device import autocast
from reviewloop.models.encoder.head_input import telling_twin
from reviewloop.models.encoder.padding import pad, sorted_batches


def pass_logits(model: PreTrainedModel, tokens: Sequence[np.ndarray], pad_id: int, limit: int) -> torch.Tensor:
    """Logits (rows, classes) fp32 on the CPU of one pass of ``model``, which must be in evaluation mode."""
    ids, mask = pad(tokens, pad_id, limit)
    with torch.inference_mode(), autocast(model.device):
        output = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device))
        return torch.as_tensor(output.logits).float().cpu()


def pass_reading(
    model: PreTrainedModel, tokens: Sequence[np.ndarray], pad_id: int, limit: int
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """``pass_logits`` with the same bits, and of the same pass what the head read: (rows, hidden) fp32 on the CPU.

    None where it is not known which module is the head.
    """
    twin, told = telling_twin(model)
    logits = pass_logits(twin, tokens, pad_id, limit)
    if not told:
        return logits, None
    states = told[-1] if told[-1].ndim == 2 else told[-1][:, 0]  # a head that is given every token reads the first
    return logits, states.float().cpu()


def predict_logits(model: PreTrainedModel, tokens: Sequence[np.ndarray], batch_size: int, pad_id: int, limit: int) -> torch.Tensor:
    """Logits (rows, classes) fp32 on the CPU, in the order of ``tokens``; computed in batches of like length."""
    model.eval()
    lengths = np.array([len(ids) for ids in tokens])
    logits = torch.empty(len(tokens), model.config.num_labels)
    for rows in sorted_batches(lengths, batch_size):
        logits[torch.from_numpy(rows)] = pass_logits(model, [tokens[row] for row in rows], pad_id, limit)
    return logits
