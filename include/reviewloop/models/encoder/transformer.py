"""The classifier: a pretrained encoder with a fresh head, and the folder it is kept in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedConfig, PreTrainedModel
from transformers.utils import logging as transformers_logging

from reviewloop.errors import ConfigError
from reviewloop.models.encoder.first_token import read_first_token
from reviewloop.models.encoder.pretrained import fetched
from reviewloop.models.encoder.residuals import narrow_residuals

ATTENTION_DROPOUT: Final = ("attention_probs_dropout_prob", "attention_dropout")
"""What encoders call it: BERT and RoBERTa the first, DistilBERT and ModernBERT the second."""


def load_classifier(source: str | Path, labels: Sequence[str], attention_dropout: float | None = None) -> PreTrainedModel:
    """The encoder ``source`` (safetensors only) with a head of ``len(labels)`` classes, in fp32 however it was stored.

    ``source`` is a folder, or what else ``fetched`` takes. ``attention_dropout`` replaces the encoder's own. Raises
    ``ConfigError`` when there is no such encoder, or none with such a dropout.
    """
    transformers_logging.set_verbosity_error()  # it warns that the head is new, which is the point, and draws bars into logs
    transformers_logging.disable_progress_bar()
    names = dict(enumerate(labels))
    folder = fetched(source)
    try:
        config = AutoConfig.from_pretrained(
            folder, id2label=names, label2id={name: i for i, name in names.items()}, local_files_only=True
        )
        if attention_dropout is not None:
            _set_attention_dropout(config, attention_dropout)
        model: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(
            folder, config=config, use_safetensors=True, local_files_only=True, dtype=torch.float32
        )
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the disk's own trouble, not a wrong name
            raise
        why = str(error).strip().splitlines()[0]
        raise ConfigError(f"base_model: {source}: no encoder with safetensors that takes a classification head: {why}") from error
    read_first_token(model)
    narrow_residuals(model)
    return model


def _set_attention_dropout(config: PreTrainedConfig, share: float) -> None:
    known = [name for name in ATTENTION_DROPOUT if hasattr(config, name)]
    if not known:
        raise ConfigError(f"attention_dropout: {config.model_type} has no such setting; leave it empty for this encoder")
    for name in known:
        setattr(config, name, share)
