"""One explanation: what every word of a text adds to the model's answer.

The answer is explained by its margin, in logits: the logit of the sentiment that the model says, less the mean over all
sentiments. Softmax sees only differences between logits; the margin leaves out the part that changes nothing.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]+")
Span = tuple[int, int]
"""First character and the one after the last."""


@dataclass(frozen=True)
class Explanation:
    """``weights`` belong to the words at ``spans`` of ``text``: above 0 speaks for the answer ``label``, below against it.

    They add up to ``gain``, the margin of this text less that of a blank one, but for the method's own error.
    """

    text: str
    spans: tuple[Span, ...]
    weights: tuple[float, ...]
    num_read: int
    """Words that the model reads; what stands after them was cut off and weighs 0."""
    label: int
    probabilities: tuple[float, ...]
    gain: float

    def words(self) -> list[str]:
        """The words, as they are written."""
        return [self.text[start:end] for start, end in self.spans]

    def gap(self) -> float:
        """What the weights miss or have too much, in logits."""
        return math.fsum(self.weights) - self.gain


def word_spans(text: str) -> list[Span]:
    """Where the words are: runs of letters and digits (``don't`` is one), and runs of other signs."""
    return [match.span() for match in _WORD.finditer(text)]


def explained(
    text: str, pieces: Iterable[tuple[Span, float]], num_chars: int, probabilities: Sequence[float], gain: float
) -> Explanation:
    """The weights of a model's own ``pieces`` of the text (parts of words, or words) added up by word.

    The model read the first ``num_chars`` characters. Its answer is the most likely sentiment.
    """
    spans = word_spans(text)
    ends = [end for _, end in spans]
    weights = [0.0] * len(spans)
    for (start, _), weight in pieces:
        if spans:  # a piece may begin with the space before its word: the first word that ends after it is the one
            weights[min(bisect_right(ends, start), len(spans) - 1)] += weight
    return Explanation(
        text=text,
        spans=tuple(spans),
        weights=tuple(weights),
        num_read=sum(start < num_chars for start, _ in spans),
        label=max(range(len(probabilities)), key=lambda label: probabilities[label]),
        probabilities=tuple(probabilities),
        gain=gain,
    )


def without(explanation: Explanation, places: Collection[int]) -> str:
    """The text less the words at ``places``."""
    kept, begin = [], 0
    for place in sorted(places):
        start, end = explanation.spans[place]
        kept.append(explanation.text[begin:start])
        begin = end
    return " ".join("".join([*kept, explanation.text[begin:]]).split())


def completeness_error(explanations: Sequence[Explanation]) -> float:
    """The mean of what the weights miss, as a share of the mean that they are to explain; NaN without an explanation.

    Integrated gradients promise 0 (Sundararajan, Taly and Yan, ICML 2017, proposition 1); a sum instead of the integral, and
    bf16, leave some.
    """
    whole = math.fsum(abs(one.gain) for one in explanations)
    return math.fsum(abs(one.gap()) for one in explanations) / whole if whole else math.nan
