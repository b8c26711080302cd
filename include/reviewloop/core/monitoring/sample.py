"""The rows of a day, or of the reference, as the monitor looks at them: each text once, in an order of their own."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reviewloop.config import Contract
from reviewloop.core.monitoring.descriptors import describe, oddities
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.core.texts import text_digest
from reviewloop.errors import PermanentError

Floats = NDArray[np.float64]
_PROBABILITIES = [f"p_{name}" for name in SENTIMENTS]


@dataclass(frozen=True)
class Sample:
    """n reviews with distinct texts, ordered by the texts' digests: whatever order they came in, all sums are the same."""

    reviews: pd.DataFrame
    """As they came, with ``text`` and what else there was."""
    columns: pd.DataFrame
    """See ``descriptors.describe``."""
    probabilities: Floats | None
    """The champion's answers, shape (n, 3), columns as ``SENTIMENTS``."""
    labels: Floats
    """Shape (n,): class ids of the ratings, NaN where there is none."""
    embeddings: Floats | None
    """The champion's, shape (n, d)."""
    num_repeated: int
    """Rows left out, since an earlier one has the same text."""
    oddities: dict[str, str]

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def answers(self) -> Floats:
        """``probabilities``. Raises ``PermanentError`` where there are none."""
        if self.probabilities is None:
            raise PermanentError("no probabilities for these reviews")
        return self.probabilities

    @property
    def vectors(self) -> Floats:
        """``embeddings``. Raises ``PermanentError`` where there are none."""
        if self.embeddings is None:
            raise PermanentError("no embeddings for these reviews")
        return self.embeddings

    @property
    def is_rated(self) -> NDArray[np.bool_]:
        """Which rows have a label, shape (n,)."""
        return ~np.isnan(self.labels)

    @property
    def num_rated(self) -> int:
        """Rows with a label."""
        return int(self.is_rated.sum())

    @property
    def num_complaints(self) -> int:
        """Rated rows whose label is negative."""
        return int((self.labels == 0).sum())


def sample(
    frame: pd.DataFrame, vocabulary: Collection[str], contract: Contract, whose: str, embeddings: NDArray[np.floating] | None = None
) -> Sample:
    """The reviews in ``frame``: ``review_id``, ``title``, ``text``, the facets' columns, perhaps ``rating`` and ``p_negative`` ...

    Of rows with one text the one with the smallest ``review_id`` counts: a text that is sent a hundred times says nothing a
    hundred times. Raises ``PermanentError`` for embeddings of other rows, and for some that are no numbers.
    """
    if embeddings is not None and (embeddings.ndim != 2 or len(embeddings) != len(frame) or not np.isfinite(embeddings).all()):
        raise PermanentError(f"{whose}: embeddings of shape {embeddings.shape} for {len(frame)} reviews, or some are not numbers")
    places = distinct(frame)
    rows = frame.iloc[places].reset_index(drop=True)
    # As rounded as a day's are stored: one number must not be two, a little apart, in the two that are compared.
    is_answered = set(_PROBABILITIES) <= set(rows.columns)
    probabilities = rows[_PROBABILITIES].to_numpy(dtype=np.float64).round(6) if is_answered else None
    return Sample(
        reviews=rows,
        columns=describe(rows, vocabulary, contract),
        probabilities=probabilities if probabilities is not None and np.isfinite(probabilities).all() else None,
        labels=_labels(rows),
        embeddings=None if embeddings is None else np.asarray(embeddings, dtype=np.float64)[places],
        num_repeated=len(frame) - len(rows),
        oddities=oddities(rows, contract, whose),
    )


def distinct(frame: pd.DataFrame) -> NDArray[np.int64]:
    """The places of the rows that count, ordered by the digests of their texts."""
    digests = frame["text"].map(text_digest).to_numpy(dtype=str)
    order = np.lexsort((frame["review_id"].to_numpy(), digests))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = digests[order][1:] != digests[order][:-1]
    return np.asarray(order[is_first], dtype=np.int64)


def _labels(rows: pd.DataFrame) -> Floats:
    if "rating" not in rows.columns:
        return np.full(len(rows), np.nan)
    ratings = rows["rating"].astype(object)
    return np.array([np.nan if pd.isna(rating) else float(sentiment_of(int(rating))) for rating in ratings], dtype=np.float64)
