"""A trained model as one thing that turns texts into probabilities, whatever its kind."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.about import checked_about
from reviewloop.refs import ModelKind

log = logging.getLogger(__name__)
BATCH_SIZE = 32


@dataclass(frozen=True)
class Predictor:
    """A loaded model. ``predict_proba`` takes texts as ``core.texts.model_text`` writes them."""

    kind: ModelKind
    _predict: Callable[[Sequence[str]], np.ndarray]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities, float64 of shape (n, 3), columns in the order of ``SENTIMENTS``."""
        if not len(texts):
            return np.zeros((0, len(SENTIMENTS)))
        return self._predict(list(texts))


def load_predictor(folder: Path) -> Predictor:
    """The model in ``folder``. Raises ``PermanentError`` when it is of no known kind or names other classes than ours."""
    about = checked_about(folder)
    kind: ModelKind = about["kind"]
    return Predictor(kind, _baseline(folder) if kind == "baseline" else _transformer(folder, about))


def _baseline(folder: Path) -> Callable[[Sequence[str]], np.ndarray]:
    from reviewloop.models import baseline

    pipeline = baseline.from_skops((folder / baseline.FILE).read_bytes())
    return lambda texts: baseline.predict_proba(pipeline, texts, len(SENTIMENTS))


def _transformer(folder: Path, about: dict[str, Any]) -> Callable[[Sequence[str]], np.ndarray]:
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
