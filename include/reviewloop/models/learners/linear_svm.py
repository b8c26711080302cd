"""A linear support vector machine on TF-IDF vectors, one sentiment against the rest.

Joachims, Text categorization with support vector machines, ECML 1998. Its probabilities are the softmax of the three margins: in
their order they say what the machine says, but nobody has calibrated them.
"""

from typing import Final

from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.models.learners.protocol import Fitted, Seen, Space, Span
from reviewloop.models.learners.sparse_texts import MIN_DF, NGRAM_MAX, WEIGHED, WORDS, kept_bytes, tfidf

PENALTY: Final = 0.2
"""scikit-learn's C, the inverse strength of the L2 penalty."""
SPACE: Final[Space] = {"penalty": Span(PENALTY, 0.02, 2.0, log=True), **WORDS, **WEIGHED}


def fit(
    known: Seen, labels: Ints, weights: Floats, seed: int,
    penalty: float = PENALTY, ngram_max: int = NGRAM_MAX, min_df: int = MIN_DF, weight_power: float = 1.0,
) -> Fitted:  # fmt: skip
    """``weights`` weigh the rows' hinge losses."""
    from scipy.special import softmax
    from sklearn.svm import LinearSVC

    vectorizer, vectors = tfidf(known, ngram_max, min_df)
    model = LinearSVC(C=penalty, random_state=seed).fit(vectors, labels, sample_weight=weights**weight_power)

    def read(rows: Seen) -> Floats:
        found: Floats = softmax(model.decision_function(vectorizer.transform(rows)), axis=1)
        return found

    return Fitted(read, lambda: kept_bytes(vectorizer, model))
