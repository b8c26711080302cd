"""Metrics on the validation part, by which the best epoch is kept."""

from dataclasses import dataclass

import numpy as np
import torch
from transformers import PreTrainedModel

from reviewloop.core.statistics.metrics import accuracy, confusion, f1
from reviewloop.models.encoder.logits import predict_logits
from reviewloop.training.data.data import EncodedPart


@dataclass(frozen=True)
class ValidationMetrics:
    """Mean cross entropy in nats (unweighted), accuracy, and the mean F1 of the classes that the part holds."""

    loss: float
    accuracy: float
    macro_f1: float


def validate(model: PreTrainedModel, part: EncodedPart, batch_size: int, pad_id: int, limit: int) -> ValidationMetrics:
    """``model`` on ``part``, without dropout; leaves the model in evaluation mode."""
    logits = predict_logits(model, part.tokens, batch_size, pad_id, limit)
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(part.labels))
    matrix = confusion(part.labels, logits.argmax(1).numpy())
    return ValidationMetrics(loss.item(), float(accuracy(matrix)), float(np.nanmean(f1(matrix))))
