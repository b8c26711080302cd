"""Complement naive Bayes on counts of words and pairs of words: a sentiment's words are those that the other sentiments lack.

Rennie, Shih, Teevan and Karger, Tackling the poor assumptions of naive Bayes text classifiers, ICML 2003: made for texts of
which one class has most, where the multinomial one prefers that class.
"""

from typing import Final

from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.models.learners.protocol import Fitted, Seen, Space, Span
from reviewloop.models.learners.sparse_texts import MIN_DF, NGRAM_MAX, WORDS, counts, kept_bytes

SMOOTHING: Final = 1.0
"""Added to each count (Laplace)."""
SPACE: Final[Space] = {"smoothing": Span(SMOOTHING, 0.05, 5.0, log=True), **WORDS}


def fit(
    known: Seen, labels: Ints, _weights: Floats, _seed: int,
    smoothing: float = SMOOTHING, ngram_max: int = NGRAM_MAX, min_df: int = MIN_DF,
) -> Fitted:  # fmt: skip
    """Rows are not weighed: the complement already makes up for the shares."""
    from sklearn.naive_bayes import ComplementNB

    vectorizer, vectors = counts(known, ngram_max, min_df)
    model = ComplementNB(alpha=smoothing).fit(vectors, labels)
    return Fitted(lambda rows: model.predict_proba(vectorizer.transform(rows)), lambda: kept_bytes(vectorizer, model))
