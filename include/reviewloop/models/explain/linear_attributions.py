"""The baseline explained: coefficient times value of every term, which a linear model simply adds up.

These are the SHAP values of a linear model with independent features against a blank text (Lundberg and Lee, NeurIPS 2017,
corollary 1). The value of a term is its TF-IDF, scaled by the text's length: of one text, not of a word alone.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reviewloop.core.explain.words import Explanation, Span, explained
from reviewloop.core.reviews import SENTIMENTS


def linear_explainer(folder: Path) -> Callable[[str], Explanation]:
    """Explains the answers of the baseline in ``folder``."""
    from reviewloop.models import baseline

    pipeline = baseline.from_skops((folder / baseline.FILE).read_bytes())
    vectorizer, classifier = pipeline["tfidf"], pipeline["classifier"]
    token, longest = re.compile(vectorizer.token_pattern), vectorizer.ngram_range[1]
    coefficients = _margins(classifier.coef_)
    blank = baseline.predict_proba(pipeline, [""], len(SENTIMENTS))[0]

    def explain(text: str) -> Explanation:
        lower = text.lower()
        shown = text if len(lower) == len(text) else lower  # İ becomes two characters: places would no longer agree
        spans = [match.span() for match in token.finditer(lower)]
        occurrences = _occurrences([lower[start:end] for start, end in spans], longest, vectorizer.vocabulary_)
        probabilities = baseline.predict_proba(pipeline, [text], len(SENTIMENTS))[0]
        label = int(probabilities.argmax())
        values = vectorizer.transform([text])
        row = coefficients[classifier.classes_.tolist().index(label)]
        weights = [0.0] * len(spans)
        for term, value in zip(values.indices, values.data, strict=True):
            for tokens in occurrences[int(term)]:  # each occurrence has an equal part, and in it each of its words
                for place in tokens:
                    weights[place] += float(value * row[term]) / len(occurrences[int(term)]) / len(tokens)
        gain = _log_margin(probabilities, label) - _log_margin(blank, label)
        pieces: list[tuple[Span, float]] = list(zip(spans, weights, strict=True))
        return explained(shown, pieces, len(shown), probabilities.tolist(), gain)

    return explain


def _margins(coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each class less the mean of all; a model of two classes keeps only the second's."""
    rows = np.concatenate([-coefficients, coefficients]) / 2 if len(coefficients) == 1 else coefficients
    centred: NDArray[np.float64] = rows - rows.mean(axis=0)
    return centred


def _log_margin(probabilities: NDArray[np.float64], label: int) -> float:
    known = probabilities[probabilities > 0]  # a class that the training part did not hold has 0
    return float(np.log(probabilities[label]) - np.log(known).mean())


def _occurrences(names: list[str], longest: int, vocabulary: dict[str, Any]) -> dict[int, list[range]]:
    """Where the terms of the vocabulary stand: for each term, the tokens of every occurrence."""
    found: defaultdict[int, list[range]] = defaultdict(list)
    for length in range(1, longest + 1):
        for start in range(len(names) - length + 1):
            term = vocabulary.get(" ".join(names[start : start + length]))
            if term is not None:
                found[int(term)].append(range(start, start + length))
    return found
