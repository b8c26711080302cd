"""The baseline's model folder, from the rows that it is trained on: the training alone, whoever asks for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from reviewloop.config import BaselineConfig
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import classification_metrics
from reviewloop.models.about import ABOUT


@dataclass(frozen=True)
class Fitted:
    """``num_terms`` of the vocabulary, and metrics on the validation rows."""

    num_terms: int
    seen: Mapping[str, float]


def write_baseline(train: pd.DataFrame, validation: pd.DataFrame, config: BaselineConfig, seed: int, folder: Path) -> Fitted:
    """Fit on ``train`` (``model_text``, ``label``, ``weight``) and write the model: the same bytes for the same rows."""
    from reviewloop.models import baseline

    pipeline = baseline.fit(
        train["model_text"].tolist(),
        train["label"].to_numpy(),
        train["weight"].to_numpy() ** config.weight_power,
        ngram_max=config.ngram_max,
        min_df=config.min_df,
        max_features=config.max_features,
        c=config.c,
        seed=seed,
    )
    probabilities = baseline.predict_proba(pipeline, validation["model_text"].tolist(), len(SENTIMENTS))
    num_terms = len(pipeline["tfidf"].vocabulary_)
    (folder / baseline.FILE).write_bytes(baseline.to_skops(pipeline))
    about = {"kind": "baseline", "labels": list(SENTIMENTS), "num_terms": num_terms}
    (folder / ABOUT).write_text(json.dumps(about, indent=2, sort_keys=True), encoding="utf-8")
    return Fitted(num_terms, classification_metrics(validation["label"].to_numpy(), probabilities))
