"""Counts of words and their TF-IDF, and what a model of scikit-learn on them comes to in bytes."""

import zipfile
from typing import TYPE_CHECKING, Any, Final

from reviewloop.models.learners.protocol import OneOf, Seen, Space, Span

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

NGRAM_MAX: Final = 2
MIN_DF: Final = 2
MAX_FEATURES: Final = 50_000
"""As the baseline of ``base.yaml`` has them, so that kinds differ in how they learn and not in what they see."""
WORDS: Final[Space] = {"ngram_max": OneOf(NGRAM_MAX, (1, 2, 3)), "min_df": Span(MIN_DF, 1, 8, log=True, whole=True)}
"""Of what a search may make vectors: how many words in a row, and in how many texts at least."""
WEIGHED: Final[Space] = {"weight_power": Span(1.0, 0.0, 1.5)}
"""The rows' weights are raised to this: 0 drops them, 1 makes the sentiments equal."""


def tfidf(known: Seen, ngram_max: int = NGRAM_MAX, min_df: int = MIN_DF) -> "tuple[TfidfVectorizer, Any]":
    """The vectorizer of words and pairs of words, fitted, and the sparse vectors (n, d) of the known texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, ngram_max), min_df=min_df, max_features=MAX_FEATURES, sublinear_tf=True)
    return vectorizer, _learnt(vectorizer, known)


def counts(known: Seen, ngram_max: int = NGRAM_MAX, min_df: int = MIN_DF) -> "tuple[CountVectorizer, Any]":
    """The same with how often each is there."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(ngram_range=(1, ngram_max), min_df=min_df, max_features=MAX_FEATURES)
    return vectorizer, _learnt(vectorizer, known)


def _learnt(vectorizer: Any, known: Seen) -> Any:
    vectors = vectorizer.fit_transform(known)
    # NumPy's integers would be kept in a file each.
    vectorizer.vocabulary_ = {term: int(place) for term, place in vectorizer.vocabulary_.items()}
    return vectors


def kept_bytes(*parts: Any) -> int:
    """The size of what skops keeps of fitted parts, compressed."""
    import skops.io

    return sum(len(skops.io.dumps(part, compression=zipfile.ZIP_DEFLATED)) for part in parts)
