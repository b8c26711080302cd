"""Where an encoder keeps its layers, found alike in BERT, RoBERTa, DistilBERT, ModernBERT and their kin."""

import torch
from transformers import PreTrainedModel

from reviewloop.errors import ConfigError


def longest_list(model: torch.nn.Module) -> str:
    """The name of the longest list of modules in ``model``, which holds an encoder's layers; empty where it keeps none."""
    lists = [(name, len(module)) for name, module in model.named_modules() if isinstance(module, torch.nn.ModuleList)]
    return max(lists, key=lambda item: item[1], default=("", 0))[0]


def encoder_layers(model: PreTrainedModel) -> torch.nn.ModuleList:
    """The encoder's layers, lowest first. Raises ``ConfigError`` where it keeps them otherwise than in a list."""
    found = model.base_model.get_submodule(longest_list(model.base_model))
    if not isinstance(found, torch.nn.ModuleList):
        raise ConfigError(f"base_model: {type(model).__name__} keeps no list of layers; take an encoder such as BERT or RoBERTa")
    return found
