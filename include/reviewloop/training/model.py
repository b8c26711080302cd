"""The classifier: a pretrained encoder with a fresh head, its optimiser, and the folder it is kept in."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel
from transformers.utils import logging as transformers_logging

from reviewloop.training.job import Job

NO_DECAY = ("bias", "LayerNorm.weight", "layer_norm.weight", "norm.weight")


def load_classifier(source: str | Path, labels: Sequence[str]) -> PreTrainedModel:
    """The encoder at ``source`` (safetensors only) with a head of ``len(labels)`` classes."""
    transformers_logging.set_verbosity_error()  # it warns that the head is new, which is the point, and draws bars into logs
    transformers_logging.disable_progress_bar()
    names = dict(enumerate(labels))
    model: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(
        source,
        id2label=names,
        label2id={name: i for i, name in names.items()},
        use_safetensors=True,
        local_files_only=Path(source).is_dir(),
    )
    return model


def make_optimiser(model: PreTrainedModel, job: Job) -> torch.optim.AdamW:
    """AdamW in four groups: encoder and head, with and without weight decay.

    The head starts from noise and needs larger steps than the encoder. So does the pooler below it, which encoders trained
    for sentence embeddings carry unused. Biases and norms are not decayed, as in BERT.
    Each group keeps its peak learning rate under ``peak``.
    """
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        in_head = not name.startswith(f"{model.base_model_prefix}.") or ".pooler." in name
        groups.setdefault((in_head, name.endswith(NO_DECAY)), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "peak": job.head_learning_rate if in_head else job.learning_rate,
                "weight_decay": 0.0 if no_decay else job.weight_decay,
            }
            for (in_head, no_decay), parameters in groups.items()
        ],
        lr=job.learning_rate,
        fused=True,
    )


def schedule(step: int, num_steps: int, warmup_share: float) -> float:
    """The share of the peak learning rate for ``step`` (from 0): linear up over the warm-up, then linear down to 0."""
    warmup = round(num_steps * warmup_share)
    if step < warmup:
        return (step + 1) / warmup
    return (num_steps - step) / max(1, num_steps - warmup)


def save_model_folder(folder: Path, job: Job, model: PreTrainedModel, about: dict[str, object]) -> None:
    """Weights, configuration, tokenizer and ``model.json`` into ``folder``: all that inference needs."""
    model.save_pretrained(folder, safe_serialization=True)
    AutoTokenizer.from_pretrained(job.base_model).save_pretrained(folder)
    content = {"kind": "transformer", "labels": list(job.labels), "max_seq_length": job.max_seq_length, **about}
    (folder / "model.json").write_text(json.dumps(content, indent=2, sort_keys=True), encoding="utf-8")
