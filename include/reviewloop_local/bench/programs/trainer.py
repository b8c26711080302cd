"""Hugging Face's Trainer: as it comes, and as tuned by somebody who knows its settings."""

import sys
from typing import Any

import torch
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    default_data_collator,
    set_seed,
)

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.encoder.device import autocast, pick_device
from reviewloop.training.data.data import read_part
from reviewloop_local.bench.contenders import TUNED
from reviewloop_local.bench.programs.worker import main
from reviewloop_local.bench.recipe import Recipe


def tuned_settings() -> dict[str, Any]:
    """What the Trainer offers for speed, and the warm-up and weight decay that ours has."""
    device = pick_device()
    with autocast(device):
        native_bf16 = torch.is_autocast_enabled(device.type)
    return {
        "train_sampling_strategy": "group_by_length",
        "bf16": native_bf16,
        "use_cpu": device.type == "cpu",  # it refuses bf16 on a CPU that it was not told to use
        "warmup_steps": 0.1,  # a share of all steps, being below 1
        "weight_decay": 0.01,
    }


def rows(recipe: Recipe, pad_id: int | None) -> list[dict[str, Any]]:
    """The training rows as features; padded to the limit with ``pad_id``, unless that is ``None``."""
    part = read_part(recipe.part("train"), recipe.max_seq_length, len(SENTIMENTS))
    features = []
    for tokens, label in zip(part.tokens, part.labels.tolist(), strict=True):
        num_pads = 0 if pad_id is None else recipe.max_seq_length - len(tokens)
        features.append(
            {
                "input_ids": tokens.tolist() + [pad_id] * num_pads,
                "attention_mask": [1] * len(tokens) + [0] * num_pads,
                "labels": label,
            }
        )
    return features


def train(recipe: Recipe, name: str) -> None:
    """Train for the recipe's epochs, and keep the last state."""
    set_seed(recipe.seed)
    model = AutoModelForSequenceClassification.from_pretrained(recipe.base_model, num_labels=len(SENTIMENTS))
    is_tuned = name == TUNED.name
    arguments = TrainingArguments(
        output_dir=str(recipe.home(name)),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        seed=recipe.seed,
        disable_tqdm=True,
        **(tuned_settings() if is_tuned else {}),
    )
    if is_tuned:
        dataset = rows(recipe, None)
        collator: Any = DataCollatorWithPadding(AutoTokenizer.from_pretrained(recipe.base_model), pad_to_multiple_of=8)
    else:
        dataset = rows(recipe, model.config.pad_token_id or 0)
        collator = default_data_collator
    Trainer(model=model, args=arguments, train_dataset=dataset, data_collator=collator).train()
    model.save_pretrained(recipe.home(name) / "model")


if __name__ == "__main__":
    sys.exit(main(train))
