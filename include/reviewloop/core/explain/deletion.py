"""Are the explanations true? The words they name are taken out, and the model must miss them more than other words.

An explanation may look right to a person and say nothing about the model. So the model itself is asked again, without the
words: Samek and others, "Evaluating the visualization of what a deep neural network has learned", IEEE TNNLS 28, 2017.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reviewloop.core.explain.words import Explanation, without

Predict = Callable[[Sequence[str]], NDArray[np.float64]]


@dataclass(frozen=True)
class Deletion:
    """How far the probability of the answer falls, on average, without its strongest words and without words drawn at random.

    ``gain`` is the difference of the two falls, ``low`` to ``high`` its 95 % interval over the texts. NaN without a text.
    """

    num_texts: int
    num_words: int
    """Taken out of a text, or half of its words where that is fewer."""
    fall_strongest: float
    fall_random: float
    gain: float
    low: float
    high: float


def delete_words(explanations: Sequence[Explanation], predict: Predict, num_words: int, num_resamples: int, seed: int) -> Deletion:
    """Ask ``predict`` for each text whole, without its strongest words, and without as many others. One call.

    Both kinds are drawn from the words that the model reads. A text of one word says nothing and is left out.
    """
    generator = np.random.default_rng(seed)
    labels, whole, strongest, random = [], [], [], []
    for explanation in explanations:
        count = min(num_words, explanation.num_read // 2)
        if count:
            order = np.argsort([-weight for weight in explanation.weights[: explanation.num_read]], kind="stable")
            labels.append(explanation.label)
            whole.append(explanation.text)
            strongest.append(without(explanation, order[:count].tolist()))
            random.append(without(explanation, generator.choice(explanation.num_read, count, replace=False).tolist()))
    if not labels:
        return Deletion(0, num_words, *[float("nan")] * 5)
    before, best, drawn = np.split(predict([*whole, *strongest, *random])[np.arange(3 * len(labels)), labels * 3], 3)
    gains = drawn - best
    shares = generator.multinomial(len(gains), np.full(len(gains), 1 / len(gains)), size=num_resamples) / len(gains)
    low, high = np.quantile(shares @ gains, (0.025, 0.975))
    return Deletion(
        num_texts=len(labels),
        num_words=num_words,
        fall_strongest=float((before - best).mean()),
        fall_random=float((before - drawn).mean()),
        gain=float(gains.mean()),
        low=float(low),
        high=float(high),
    )
