"""Complement naive Bayes on counts of words and pairs of words: a sentiment's words are those that the other sentiments lack.

Rennie, Shih, Teevan and Karger, Tackling the poor assumptions of naive Bayes text classifiers, ICML 2003: made for texts of
which one class has most, where the multinomial one prefers that class.
"""

from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.models.learners.protocol import Fitted, Seen
from reviewloop.models.learners.sparse_texts import counts, kept_bytes


def fit(known: Seen, labels: Ints, _weights: Floats, _seed: int) -> Fitted:
    """Rows are not weighed: the complement already makes up for the shares."""
    from sklearn.naive_bayes import ComplementNB

    vectorizer, vectors = counts(known)
    model = ComplementNB(alpha=1.0).fit(vectors, labels)
    return Fitted(lambda rows: model.predict_proba(vectorizer.transform(rows)), lambda: kept_bytes(vectorizer, model))
