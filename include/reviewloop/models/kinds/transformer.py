"""The kind ``transformer`` as trained: a fine-tuned encoder with its head, in torch (see ``models.encoder.transformer``)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reviewloop.core.explain.words import Explanation
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.reader import Prepared, Reading

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from reviewloop.models.encoder.token_reader import TokenReader


@dataclass(frozen=True)
class TransformerReader:
    """Torch on the GPU where there is one, in bf16 where that is faster."""

    model: "PreTrainedModel"
    tokens: "TokenReader"

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        """The ids of each text, at most ``max_seq_length``."""
        return self.tokens.prepare(texts)

    def answer(self, items: Sequence[Prepared]) -> np.ndarray:
        """Probabilities (n, 3), the softmax in fp64."""
        from reviewloop.models.encoder.logits import pass_logits

        pad_id = self.model.config.pad_token_id or 0
        logits = pass_logits(self.model, [item.content for item in items], pad_id, self.tokens.max_seq_length)
        probabilities: np.ndarray = logits.double().softmax(1).numpy()
        return probabilities

    def read(self, items: Sequence[Prepared]) -> Reading:
        """The same, and what the head reads."""
        from reviewloop.models.encoder.logits import pass_reading

        pad_id = self.model.config.pad_token_id or 0
        contents = [item.content for item in items]
        logits, states = pass_reading(self.model, contents, pad_id, self.tokens.max_seq_length)
        return Reading(logits.double().softmax(1).numpy(), None if states is None else states.numpy())


def load_reader(folder: Path, about: Mapping[str, Any]) -> TransformerReader:
    """What reads texts, each up to ``max_seq_length`` tokens."""
    from reviewloop.models.encoder.device import pick_device
    from reviewloop.models.encoder.token_reader import load_token_reader
    from reviewloop.models.encoder.transformer import load_classifier

    model = load_classifier(folder, SENTIMENTS).to(pick_device()).eval()
    return TransformerReader(model, load_token_reader(folder, int(about["max_seq_length"])))


def load_explain(folder: Path, about: Mapping[str, Any], num_steps: int) -> tuple[str, Callable[[str], Explanation]]:
    """How it explains, in words, and what explains one text."""
    from reviewloop.models.explain.integrated_gradients import gradient_explainer

    method = f"integrated gradients over the word embeddings, from padding tokens to the text in {num_steps} steps"
    return method, gradient_explainer(folder, int(about["max_seq_length"]), num_steps)
