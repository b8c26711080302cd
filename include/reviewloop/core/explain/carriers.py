"""Which words carry each sentiment: the explanations of many texts, word by word."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from reviewloop.core.explain.words import Explanation


@dataclass(frozen=True)
class Carrier:
    """A word, the mean of what it adds to the margin in the texts that hold it (logits), and that mean's 95 % interval."""

    word: str
    mean: float
    low: float
    high: float
    num_texts: int


def carriers(explanations: Iterable[Explanation], label: int, min_texts: int, num_top: int) -> tuple[Carrier, ...]:
    """The ``num_top`` words that speak for ``label`` where the model says it, the surest first (highest lower end).

    A word that occurs several times in a text counts once, with its sum. One that fewer than ``min_texts`` (at least 2) of
    these texts hold is left out, and so is one whose interval reaches 0. Each interval (Student's t) is of its word alone.
    """
    from scipy.stats import t as student

    found: defaultdict[str, list[float]] = defaultdict(list)
    for explanation in explanations:
        if explanation.label == label:
            for word, weight in _weights(explanation).items():
                found[word].append(weight)
    measured = []
    for word, weights in found.items():
        if len(weights) >= min_texts:
            mean = float(np.mean(weights))
            reach = float(student.ppf(0.975, len(weights) - 1)) * float(np.std(weights, ddof=1)) / math.sqrt(len(weights))
            measured.append(Carrier(word, mean, mean - reach, mean + reach, len(weights)))
    measured.sort(key=lambda one: (-one.low, one.word))
    return tuple(one for one in measured[:num_top] if one.low > 0)


def _weights(explanation: Explanation) -> dict[str, float]:
    """Of each word with a letter that the model read, in lower case."""
    sums: defaultdict[str, float] = defaultdict(float)
    for word, weight in list(zip(explanation.words(), explanation.weights, strict=True))[: explanation.num_read]:
        if any(char.isalpha() for char in word):
            sums[word.casefold().replace("’", "'")] += weight
    return dict(sums)
