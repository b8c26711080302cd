"""Marks on the validation part, by which the best epoch is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import PreTrainedModel

from reviewloop.core.metrics import accuracy, confusion, f1
from reviewloop.training.batches import pad, sorted_batches
from reviewloop.training.data import Part
from reviewloop.training.device import autocast


@dataclass(frozen=True)
class Marks:
    """Mean cross entropy in nats (unweighted), accuracy, and the mean F1 of the classes that the part holds."""

    loss: float
    accuracy: float
    macro_f1: float


def validate(model: PreTrainedModel, part: Part, batch_size: int, pad_id: int, limit: int) -> Marks:
    """``model`` on ``part``, without dropout; leaves the model in evaluation mode."""
    logits = predict_logits(model, part.tokens, batch_size, pad_id, limit)
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(part.labels))
    matrix = confusion(part.labels, logits.argmax(1).numpy())
    return Marks(loss.item(), float(accuracy(matrix)), float(np.nanmean(f1(matrix))))


def predict_logits(model: PreTrainedModel, tokens: Sequence[np.ndarray], batch_size: int, pad_id: int, limit: int) -> torch.Tensor:
    """Logits (rows, classes) fp32 on the CPU, in the order of ``tokens``; computed in batches of like length."""
    model.eval()
    lengths = np.array([len(ids) for ids in tokens])
    logits = torch.empty(len(tokens), model.config.num_labels)
    with torch.inference_mode(), autocast(model.device):
        for rows in sorted_batches(lengths, batch_size):
            ids, mask = pad([tokens[row] for row in rows], pad_id, limit)
            output = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device))
            logits[torch.from_numpy(rows)] = output.logits.float().cpu()
    return logits
