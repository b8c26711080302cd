"""The classifier: a pretrained encoder with a fresh head, and the folder it is kept in."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, PreTrainedConfig, PreTrainedModel
from transformers.utils import logging as transformers_logging

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import ConfigError
from reviewloop.training.first_token import read_first_token
from reviewloop.training.job import Job
from reviewloop.training.residuals import narrow_residuals
from reviewloop.training.vocabulary import whole_vocabulary

POLARITIES: Final = (-1, 0, 1)
"""The numbers by which others name the classes of ``SENTIMENTS``, in their order; kept in ``model.json`` for them."""


ATTENTION_DROPOUT: Final = ("attention_probs_dropout_prob", "attention_dropout")
"""What encoders call it: BERT and RoBERTa the first, DistilBERT and ModernBERT the second."""


def load_classifier(source: str | Path, labels: Sequence[str], attention_dropout: float | None = None) -> PreTrainedModel:
    """The encoder at ``source`` (safetensors only) with a head of ``len(labels)`` classes, in fp32 however it was stored.

    ``attention_dropout`` replaces the encoder's own. Raises ``ConfigError`` when there is no such encoder, or none with such a
    dropout.
    """
    transformers_logging.set_verbosity_error()  # it warns that the head is new, which is the point, and draws bars into logs
    transformers_logging.disable_progress_bar()
    names = dict(enumerate(labels))
    try:
        local = Path(source).is_dir()
        config = AutoConfig.from_pretrained(
            source, id2label=names, label2id={name: i for i, name in names.items()}, local_files_only=local
        )
        if attention_dropout is not None:
            _set_attention_dropout(config, attention_dropout)
        model: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(
            source, config=config, use_safetensors=True, local_files_only=local, dtype=torch.float32
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


def save_model_folder(folder: Path, job: Job, model: PreTrainedModel, about: dict[str, object]) -> None:
    """Weights, configuration, tokenizer and ``model.json`` into ``folder``: all that inference needs."""
    with whole_vocabulary(model):
        model.save_pretrained(folder, safe_serialization=True)
    AutoTokenizer.from_pretrained(job.base_model).save_pretrained(folder)
    content = {"kind": "transformer", "labels": list(job.labels), "max_seq_length": job.max_seq_length, **about}
    if job.labels == SENTIMENTS:
        content["polarities"] = list(POLARITIES)
    (folder / "model.json").write_text(json.dumps(content, indent=2, sort_keys=True), encoding="utf-8")
