"""The baseline: TF-IDF and logistic regression, kept without pickle.

It is trained every time, because a transformer that does not beat it is not worth its cost.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import skops.io
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from reviewloop.errors import PermanentError
from reviewloop.models.random_projection import sparse_projection

FILE = "model.skops"
TRUSTED: tuple[str, ...] = ()
"""Types that ``model.skops`` may hold beyond those skops itself trusts; this pipeline needs none."""


def fit(
    texts: Sequence[str],
    labels: np.ndarray,
    weights: np.ndarray,
    *,
    ngram_max: int,
    min_df: int,
    max_features: int,
    c: float,
    seed: int,
) -> Pipeline:
    """The fitted pipeline. ``c`` is the inverse strength of the L2 penalty; ``weights`` (n,) weigh the rows' losses."""
    pipeline = Pipeline(
        [
            ("tfidf", TfidfVectorizer(ngram_range=(1, ngram_max), min_df=min_df, max_features=max_features, sublinear_tf=True)),
            ("classifier", LogisticRegression(C=c, max_iter=1000, random_state=seed)),
        ]
    )
    pipeline.fit(list(texts), labels, classifier__sample_weight=weights)
    # With max_features scikit-learn's places are NumPy's integers, and skops keeps each in a file of its own.
    vocabulary = pipeline["tfidf"].vocabulary_
    pipeline["tfidf"].vocabulary_ = {term: int(place) for term, place in vocabulary.items()}
    return pipeline


def predict_proba(pipeline: Pipeline, texts: Sequence[str], num_labels: int) -> np.ndarray:
    """Probabilities (n, num_labels); a class that the training part did not hold gets 0."""
    probabilities = np.zeros((len(texts), num_labels))
    if len(texts):
        probabilities[:, pipeline.classes_] = pipeline.predict_proba(list(texts))
    return probabilities


def read(pipeline: Pipeline, texts: Sequence[str], num_labels: int) -> tuple[np.ndarray, np.ndarray]:
    """``predict_proba`` with the same bits, and the TF-IDF vectors of the texts (at least one) made short: float32 of shape
    (n, ``random_projection.NUM_DIMENSIONS``)."""
    values = pipeline["tfidf"].transform(list(texts))
    probabilities = np.zeros((len(texts), num_labels))
    probabilities[:, pipeline.classes_] = pipeline["classifier"].predict_proba(values)
    return probabilities, values.astype(np.float32) @ sparse_projection(values.shape[1])


def to_skops(pipeline: Pipeline) -> bytes:
    """The pipeline in skops' format, the same bytes for the same pipeline.

    skops names objects by their memory address and stamps files with the time. Both are replaced, addresses by numbers in
    order of appearance, so that the artifact's digest says what is in it.
    """
    source = zipfile.ZipFile(io.BytesIO(skops.io.dumps(pipeline)))
    schema = json.loads(source.read("schema.json"))
    numbers: dict[int, int] = {}
    names: dict[str, str] = {}
    _renumber(schema, numbers, names)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as target:
        for old, new in sorted(names.items(), key=lambda item: item[1]):
            target.writestr(zipfile.ZipInfo(new), source.read(old), zipfile.ZIP_DEFLATED)
        target.writestr(zipfile.ZipInfo("schema.json"), json.dumps(schema).encode(), zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _renumber(node: Any, numbers: dict[int, int], names: dict[str, str]) -> None:
    """Replace addresses in place; ``names`` collects the files' old and new names."""
    if isinstance(node, list):
        for item in node:
            _renumber(item, numbers, names)
    elif isinstance(node, dict):
        if isinstance(node.get("__id__"), int):
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
        if "__loader__" in node and isinstance(node.get("file"), str):
            old = node["file"]
            suffix = old[old.rfind(".") :]
            node["file"] = names.setdefault(old, f"{len(names):04d}{suffix}")
        for item in node.values():
            _renumber(item, numbers, names)


def from_skops(data: bytes) -> Pipeline:
    """The pipeline. Raises ``PermanentError``, before anything is built, when the file holds a type that is not trusted."""
    unknown = sorted(set(skops.io.get_untrusted_types(data=data)) - set(TRUSTED))
    if unknown:
        raise PermanentError(f"model.skops: holds types that are not trusted: {', '.join(unknown)}; the model is not loaded")
    pipeline = skops.io.loads(data, trusted=list(TRUSTED))
    if not isinstance(pipeline, Pipeline):
        raise PermanentError(f"model.skops: holds a {type(pipeline).__name__}, not a Pipeline; the model is not loaded")
    return pipeline
