"""The kind ``transformer``: a fine-tuned encoder with its head (see ``models.transformer``)."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from reviewloop.core.explain.words import Explanation
from reviewloop.core.reviews import SENTIMENTS

BATCH_SIZE: Final = 32


def load_predict(folder: Path, about: Mapping[str, Any]) -> Callable[[Sequence[str]], np.ndarray]:
    """What gives the probabilities (n, 3) of texts, each read up to ``max_seq_length`` tokens."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # a fork after its threads have started would hang
    from tokenizers import Tokenizer

    from reviewloop.models.device import pick_device
    from reviewloop.models.logits import predict_logits
    from reviewloop.models.transformer import load_classifier

    max_seq_length = int(about["max_seq_length"])
    model = load_classifier(folder, SENTIMENTS).to(pick_device())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_seq_length)

    def predict(texts: Sequence[str]) -> np.ndarray:
        tokens = [np.asarray(encoding.ids, dtype=np.int64) for encoding in tokenizer.encode_batch(list(texts))]
        logits = predict_logits(model, tokens, BATCH_SIZE, model.config.pad_token_id or 0, max_seq_length)
        probabilities: np.ndarray = logits.double().softmax(1).numpy()
        return probabilities

    return predict


def load_explain(folder: Path, about: Mapping[str, Any], num_steps: int) -> tuple[str, Callable[[str], Explanation]]:
    """How it explains, in words, and what explains one text."""
    from reviewloop.models.explain.integrated_gradients import gradient_explainer

    method = f"integrated gradients over the word embeddings, from padding tokens to the text in {num_steps} steps"
    return method, gradient_explainer(folder, int(about["max_seq_length"]), num_steps)
