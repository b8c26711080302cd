"""What a classifier's head reads of a text: the embedding that the answer is computed from.

Drift of texts is looked for where the champion itself sees them (Rabanser, Günnemann and Lipton, "Failing Loudly", NeurIPS 2019).
"""

import copy
from collections.abc import Callable
from typing import Any, Final

import torch
from transformers import PreTrainedModel

HEAD: Final = "classifier"
"""What the encoders of transformers call the module that makes logits, or that begins to: BERT's reads the pooled first token,
RoBERTa's the first token's state, DistilBERT's and ModernBERT's what their pooling made of it."""


class _Told(torch.nn.Module):
    """A head that tells what it reads."""

    def __init__(self, head: torch.nn.Module, tell: Callable[[torch.Tensor], None]) -> None:
        super().__init__()
        self.head, self.tell = head, tell

    def forward(self, states: torch.Tensor, *others: Any, **settings: Any) -> torch.Tensor:
        self.tell(states)
        made: torch.Tensor = self.head(states, *others, **settings)
        return made


def telling_twin(model: PreTrainedModel) -> tuple[PreTrainedModel, list[torch.Tensor]]:
    """A twin of ``model`` with the same weights, and the list that what its head reads is added to, pass by pass.

    The model itself is not touched: who wants answers alone pays nothing, and each thread has a twin of its own. Where the head
    has another name, the twin is the model and the list stays empty.
    """
    told: list[torch.Tensor] = []
    if not isinstance(getattr(model, HEAD, None), torch.nn.Module):
        return model, told
    twin = copy.copy(model)
    twin._modules = {**model._modules, HEAD: _Told(getattr(model, HEAD), told.append)}
    return twin, told
