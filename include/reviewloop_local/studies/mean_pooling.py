"""A classifier that reads the mean over a text's tokens, where the product's reads the first: what ``make study-finetune`` tries.

MiniLM was trained for sentences by such a mean (Reimers and Gurevych, Sentence-BERT, EMNLP 2019). It costs the shortcut of the
topmost layer (``models.encoder.first_token``), which then has to be computed for every token.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from transformers import PreTrainedModel

from reviewloop.models.encoder import transformer
from reviewloop.training.optimisation import step

_load = transformer.load_classifier


class MeanPooler(torch.nn.Module):
    """BERT's pooler, its parts and their names, on the mean of the states that the attention mask shows: (rows, hidden)."""

    def __init__(self, pooler: Any) -> None:
        super().__init__()
        self.dense, self.activation = pooler.dense, pooler.activation
        self.mask: torch.Tensor | None = None

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """What the head reads."""
        assert self.mask is not None  # noqa: S101  the encoder was called with it
        shown = self.mask.unsqueeze(-1).to(states.dtype)
        pooled: torch.Tensor = self.activation(self.dense((states * shown).sum(1) / shown.sum(1)))
        return pooled


def load(source: str | Path, labels: Sequence[str], attention_dropout: float | None = None) -> PreTrainedModel:
    """``models.encoder.transformer.load_classifier`` of a BERT, with ``MeanPooler`` and every layer for every token."""
    with patch.object(transformer, "read_first_token", lambda _: None):
        model = _load(source, labels, attention_dropout)
    pooler = MeanPooler(model.base_model.pooler)
    model.base_model.pooler = pooler

    def tell(_module: torch.nn.Module, _arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        pooler.mask = named["attention_mask"]

    model.base_model.register_forward_pre_hook(tell, with_kwargs=True)
    return model


@contextmanager
def everywhere() -> Iterator[None]:
    """While it lasts the training program learns such a classifier."""
    with patch.object(step, "load_classifier", load):
        yield
