"""The two parts a training job reads, as the model reads them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.config import FeaturesConfig, FeatureStoreConfig
from reviewloop.core.dataset.balance import balanced
from reviewloop.core.dataset.lengths import choose_length, coverage
from reviewloop.core.dataset.provenance import with_provenance
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.texts import vocabulary
from reviewloop.errors import ConfigError

TAKEN = ("model_text", "input_ids")
"""The features that some kind of model takes."""


class Tokenizes(Protocol):
    """What is needed of a tokenizer; see ``models.encoder.tokenizer.Tokenizer``."""

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones included."""

    def token_ids(self, texts: Sequence[str], max_seq_length: int) -> list[NDArray[np.int32]]:
        """Ids of each text, cut to ``max_seq_length``."""


@dataclass(frozen=True)
class ModelInputs:
    """Both parts with ``model_text`` and ``input_ids``, train once weighed with its ``weight``; and what decided them."""

    train: pd.DataFrame
    validation: pd.DataFrame
    vocabulary: list[str]
    num_tokens: list[int]
    """Tokens of each training text before cutting and balancing."""
    max_seq_length: int
    token_coverage: float
    """The share of the training texts that ``max_seq_length`` holds whole."""


def require_taken(store: FeatureStoreConfig) -> None:
    """Raises ``ConfigError`` where a feature may train and no kind of model takes it: it would be left out without a word."""
    for one in (one for group in store.groups for one in group.features if one.trains and one.name not in TAKEN):
        raise ConfigError(
            f"feature_store: {one.name}: trains, and no kind of model takes it; let one (models/kinds) and name it in TAKEN of "
            "core/dataset/model_inputs.py, or set trains to false"
        )


def created(part: pd.DataFrame) -> pd.DataFrame:
    """The rows with ``model_text``, all that a model sees of a review."""
    return part.assign(model_text=pd.array(model_texts(part), dtype="string"))


def transformed(train: pd.DataFrame, validation: pd.DataFrame, tokenizer: Tokenizes, features: FeaturesConfig) -> ModelInputs:
    """Parts with ``model_text``, as token ids. Lengths and words are those of the natural training rows alone, each once."""
    texts = train.loc[with_provenance(train)["origin"] == "natural", "model_text"].tolist()
    num_tokens = tokenizer.lengths(texts)
    max_seq_length = choose_length(num_tokens, features.seq_lengths, features.max_seq_coverage)

    def with_ids(part: pd.DataFrame) -> pd.DataFrame:
        ids = tokenizer.token_ids(part["model_text"].tolist(), max_seq_length)
        return part.assign(input_ids=pd.Series(ids, index=part.index, dtype=object))

    return ModelInputs(
        train=with_ids(train),
        validation=with_ids(validation),
        vocabulary=vocabulary(texts),
        num_tokens=num_tokens,
        max_seq_length=max_seq_length,
        token_coverage=coverage(num_tokens, max_seq_length),
    )


def weighed(inputs: ModelInputs, features: FeaturesConfig) -> ModelInputs:
    """With the classes of the training part balanced, and its ``weight``."""
    train = balanced(inputs.train, features.balance, features.balance_power)
    columns = [name for name in train.columns if name != "input_ids"]  # last, where it stands in every snapshot there is
    return replace(inputs, train=train[[*columns, "input_ids"]])


def model_inputs(train: pd.DataFrame, validation: pd.DataFrame, tokenizer: Tokenizes, features: FeaturesConfig) -> ModelInputs:
    """The last three stages of the feature pipeline in one: created, transformed, weighed."""
    return weighed(transformed(created(train), created(validation), tokenizer, features), features)
