"""Gradient boosting on features: directions of the TF-IDF vectors, and what the feature store computes of a text.

The directions are those of latent semantic analysis (Deerwester et al., Indexing by latent semantic analysis, JASIS 1990); the
trees are scikit-learn's histogram ones, made after LightGBM (Ke et al., NeurIPS 2017).
"""

from typing import Final

import numpy as np
import pandas as pd

from reviewloop.core.features.text import MADE, text_features
from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.models.learners.protocol import Fitted, Seen, Space, Span, texts
from reviewloop.models.learners.sparse_texts import WEIGHED, kept_bytes, tfidf

NUM_DIRECTIONS: Final = 100
NUM_ROUNDS: Final = 100
LEARNING_RATE: Final = 0.1
"""scikit-learn's own."""
MAX_LEAVES: Final = 31
"""Of a tree; scikit-learn's own."""
SPACE: Final[Space] = {
    "num_directions": Span(NUM_DIRECTIONS, 30, 150, whole=True), "num_rounds": Span(NUM_ROUNDS, 50, 200, whole=True),
    "learning_rate": Span(LEARNING_RATE, 0.03, 0.3, log=True), "max_leaves": Span(MAX_LEAVES, 7, 63, log=True, whole=True),
    **WEIGHED,
}  # fmt: skip
FEATURES: Final = tuple(name for name in MADE if name != "model_text")


def represent(reviews: pd.DataFrame) -> Seen:
    """The text of each row, and behind it its features: objects of shape (n, 1 + features)."""
    values = text_features(reviews, FEATURES).to_numpy(dtype=object)
    return np.column_stack([texts(reviews), values])


def fit(
    known: Seen, labels: Ints, weights: Floats, seed: int, num_directions: int = NUM_DIRECTIONS, num_rounds: int = NUM_ROUNDS,
    learning_rate: float = LEARNING_RATE, max_leaves: int = MAX_LEAVES, weight_power: float = 1.0,
) -> Fitted:  # fmt: skip
    """``weights`` weigh the rows' losses."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.ensemble import HistGradientBoostingClassifier

    vectorizer, vectors = tfidf(known[:, 0])
    # Never more directions than there are words.
    directions = TruncatedSVD(min(num_directions, vectors.shape[1] - 1), random_state=seed).fit(vectors)
    model = HistGradientBoostingClassifier(
        max_iter=num_rounds, learning_rate=learning_rate, max_leaf_nodes=max_leaves, early_stopping=False, random_state=seed
    )

    def seen(rows: Seen) -> Floats:
        return np.hstack([directions.transform(vectorizer.transform(rows[:, 0])), rows[:, 1:].astype(np.float64)])

    model.fit(seen(known), labels, sample_weight=weights**weight_power)
    return Fitted(lambda rows: model.predict_proba(seen(rows)), lambda: kept_bytes(vectorizer, directions, model))
