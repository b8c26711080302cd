"""Explanations made by hand: the weight of every word is what a table says."""

from collections.abc import Mapping

from reviewloop.core.explain.words import Explanation, explained, word_spans


def explain(text: str, weights: Mapping[str, float], label: int = 2, num_chars: int | None = None) -> Explanation:
    """The explanation of a model that says ``label`` and adds up ``weights`` by word; a word that is not named weighs 0."""
    probabilities = [0.1, 0.1, 0.1]
    probabilities[label] = 0.8
    pieces = [((start, end), weights.get(text[start:end], 0.0)) for start, end in word_spans(text)]
    whole = len(text) if num_chars is None else num_chars
    return explained(text, pieces, whole, probabilities, sum(weight for _, weight in pieces))
