"""A pretrained encoder that learns nothing more, and logistic regression on its vectors.

One pass gives two vectors a text, of which each is a kind of its own: that of the first token, which a fine-tuned classifier reads,
and the mean over all tokens, which this encoder was trained for (Reimers and Gurevych, Sentence-BERT, EMNLP 2019, table 6).
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from reviewloop.config import load_config
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.models.encoder.pretrained import WEIGHTS, fetched
from reviewloop.models.learners.protocol import Fit, Fitted, Seen, Space, Span
from reviewloop.models.learners.sparse_texts import WEIGHED, kept_bytes

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from reviewloop.models.encoder.token_reader import TokenReader

FIRST_TOKEN: Final = 0
MEAN: Final = 1
MAX_TOKENS: Final = 128
BATCH: Final = 32
PENALTY: Final = 1.0
"""scikit-learn's C, the inverse strength of the L2 penalty, on vectors scaled to variance 1."""
SPACE: Final[Space] = {"penalty": Span(PENALTY, 1e-3, 10.0, log=True), **WEIGHED}


def represent(reviews: pd.DataFrame) -> Seen:
    """Both vectors of each row's title and text: float32 of shape (n, 2, dimensions)."""
    import torch

    from reviewloop.models.encoder.device import autocast
    from reviewloop.models.encoder.padding import pad, sorted_batches

    encoder, tokens = _loaded()
    prepared = [one.content for one in tokens.prepare(model_texts(reviews))]
    found = np.empty((len(prepared), 2, encoder.config.hidden_size), dtype=np.float32)
    with torch.inference_mode(), autocast(torch.device("cpu")):
        for places in sorted_batches(np.array([len(ids) for ids in prepared]), BATCH):
            ids, mask = pad([prepared[place] for place in places], encoder.config.pad_token_id or 0, MAX_TOKENS)
            states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
            shown = mask.unsqueeze(-1).float()
            found[places, FIRST_TOKEN] = states[:, 0].numpy()
            found[places, MEAN] = ((states * shown).sum(dim=1) / shown.sum(dim=1)).numpy()
    return found


def fit_on(pooled: int) -> Fit:
    """A logistic regression on the vectors of ``FIRST_TOKEN`` or ``MEAN``."""

    def fit(known: Seen, labels: Ints, weights: Floats, seed: int, penalty: float = PENALTY, weight_power: float = 1.0) -> Fitted:
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        scaler = StandardScaler().fit(known[:, pooled])
        model = LogisticRegression(C=penalty, max_iter=1000, random_state=seed)
        model.fit(scaler.transform(known[:, pooled]), labels, sample_weight=weights**weight_power)

        def read(rows: Seen) -> Floats:
            found: Floats = model.predict_proba(scaler.transform(rows[:, pooled]))
            return found

        return Fitted(read, lambda: kept_bytes(scaler, model) + _encoder_bytes())

    return fit


def _folder() -> Path:
    return fetched(load_config().training.transformer.model)


def _encoder_bytes() -> int:
    return sum(path.stat().st_size for pattern in WEIGHTS for path in _folder().glob(pattern))


@cache
def _loaded() -> "tuple[PreTrainedModel, TokenReader]":
    import torch
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    from reviewloop.models.encoder.token_reader import load_token_reader

    transformers_logging.set_verbosity_error()  # it draws bars into logs
    transformers_logging.disable_progress_bar()
    load: Any = AutoModel.from_pretrained
    encoder = load(_folder(), use_safetensors=True, local_files_only=True, dtype=torch.float32)
    return encoder.eval(), load_token_reader(_folder(), MAX_TOKENS)
