"""The table ``predictions``: what a scored review looks like, and how it finds its review again."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.texts import text_digest
from reviewloop.errors import PermanentError

COLUMNS: Final = {
    "review_id": "bigint",
    "text_digest": "string",
    "prediction": "string",
    "p_negative": "double",
    "p_neutral": "double",
    "p_positive": "double",
    "model_version": "string",
    "reviews_batch": "string",
}
"""Columns and Hive types."""

COMMENTS: Final = {
    "review_id": "of the review; unique within a day, so join on review_id and day",
    "text_digest": "of the text without its title, as in the training snapshots",
    "prediction": "the most likely sentiment: negative, neutral or positive",
    **{f"p_{name}": f"how probable {name} is, 0 to 1" for name in SENTIMENTS},
    "model_version": "in the MLflow registry",
    "reviews_batch": "the batch of the table reviews that was read",
}


def prediction_rows(reviews: pd.DataFrame, probabilities: npt.NDArray[Any], model_version: str, reviews_batch: str) -> pd.DataFrame:
    """One row of ``COLUMNS`` for each curated review, in order. ``probabilities`` has shape (n, 3), columns as ``SENTIMENTS``.

    Raises ``PermanentError`` when a review lacks its three finite probabilities.
    """
    if probabilities.shape != (len(reviews), len(SENTIMENTS)) or not np.isfinite(probabilities).all():
        raise PermanentError(f"{len(reviews)} reviews got probabilities of shape {probabilities.shape}, or some are not numbers")
    columns = {
        "review_id": reviews["review_id"].to_numpy(),
        "text_digest": reviews["text"].map(text_digest).to_numpy(),
        "prediction": np.array(SENTIMENTS)[probabilities.argmax(axis=1)],
        **{f"p_{name}": probabilities[:, i].astype("float64").round(6) for i, name in enumerate(SENTIMENTS)},
    }
    return pd.DataFrame(columns).assign(model_version=model_version, reviews_batch=reviews_batch)


def scored_reviews(reviews: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """The reviews in their order, each with its ``prediction`` and probabilities.

    Raises ``PermanentError`` when a review or a prediction lacks the other.
    """
    answers = ["prediction", *(f"p_{name}" for name in SENTIMENTS)]
    both = reviews.merge(predictions[["review_id", *answers]], on="review_id")
    if not len(both) == len(reviews) == len(predictions):
        raise PermanentError(f"{len(predictions)} predictions and {len(reviews)} reviews share {len(both)} ids")
    return both
