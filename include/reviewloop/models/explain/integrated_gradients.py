"""A transformer explained: integrated gradients over its word embeddings.

Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", ICML 2017. The path leads from a blank text, padding
tokens between the special ones, to the text; the gradient of the answer's margin is averaged along it (Gauss-Legendre
quadrature, which needs a fraction of the points of a plain sum) and multiplied with the way that each token went.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reviewloop.core.explain.words import Explanation, explained
from reviewloop.core.reviews import SENTIMENTS

if TYPE_CHECKING:
    import torch

MAX_ROWS = 32
"""Points of a path that the model computes at once."""


def gradient_explainer(folder: Path, max_seq_length: int, num_steps: int) -> Callable[[str], Explanation]:
    """Explains the answers of the transformer in ``folder``; about ``num_steps`` passes forward and back a text."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # a fork after its threads have started would hang
    from tokenizers import Tokenizer

    from reviewloop.models.encoder.device import pick_device
    from reviewloop.models.encoder.transformer import load_classifier

    model = load_classifier(folder, SENTIMENTS).to(pick_device()).eval().requires_grad_(False)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_seq_length)

    def explain(text: str) -> Explanation:
        encoding = tokenizer.encode(text)
        probabilities, gain, weights = attributions(
            model, np.asarray(encoding.ids), np.asarray(encoding.special_tokens_mask, dtype=bool), max_seq_length, num_steps
        )
        pieces = [
            (span, float(weight))
            for span, weight, special in zip(encoding.offsets, weights, encoding.special_tokens_mask, strict=True)
            if not special
        ]
        num_chars = max((end for _, end in encoding.offsets), default=0) if encoding.overflowing else len(text)
        return explained(text, pieces, num_chars, probabilities, gain)

    return explain


def attributions(
    model: Any, ids: np.ndarray, is_special: np.ndarray, max_seq_length: int, num_steps: int
) -> tuple[list[float], float, np.ndarray]:
    """Probabilities of the text, its margin less the blank text's, and the attribution (logits) of each token.

    ``model`` classifies ``ids`` (one text, unpadded); ``is_special`` marks the tokens that the blank text shares.
    """
    import torch

    from reviewloop.models.encoder.device import autocast
    from reviewloop.models.encoder.padding import pad

    pad_id = model.config.pad_token_id or 0
    tokens, mask = (part.to(model.device) for part in pad([ids, np.where(is_special, ids, pad_id)], pad_id, max_seq_length))
    with torch.no_grad(), autocast(model.device):
        ends = model.get_input_embeddings()(tokens)
        logits = model(inputs_embeds=ends, attention_mask=mask).logits.double()
    label = int(logits[0].argmax())
    margins = _margin(logits, label)
    way = ends[0] - ends[1]
    gradient = _mean_gradient(model, ends[1], way, mask[:1], label, num_steps)
    found = (way * gradient).sum(dim=-1)[: len(ids)].double().cpu().numpy()
    return logits[0].softmax(0).tolist(), float(margins[0] - margins[1]), found


def _mean_gradient(
    model: Any, start: "torch.Tensor", way: "torch.Tensor", mask: "torch.Tensor", label: int, num_steps: int
) -> "torch.Tensor":
    """The gradient of the margin by the embeddings (tokens, hidden), averaged from ``start`` along ``way``."""
    import torch

    from reviewloop.models.encoder.device import autocast

    nodes, shares = np.polynomial.legendre.leggauss(num_steps)
    total = torch.zeros_like(way)
    for begin in range(0, num_steps, MAX_ROWS):
        part = slice(begin, begin + MAX_ROWS)
        places, weights = (
            torch.tensor(values[part], dtype=way.dtype, device=way.device) for values in ((nodes + 1) / 2, shares / 2)
        )
        path = (start + places[:, None, None] * way).requires_grad_(True)
        with torch.enable_grad(), autocast(model.device):
            logits = model(inputs_embeds=path, attention_mask=mask.expand(len(path), -1)).logits.float()
        (gradient,) = torch.autograd.grad(_margin(logits, label).sum(), path)
        total += (weights[:, None, None] * gradient).sum(dim=0)
    return total


def _margin(logits: "torch.Tensor", label: int) -> "torch.Tensor":
    return logits[:, label] - logits.mean(dim=1)
