"""What a model answers to the texts of all tests, asked once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError

Floats = npt.NDArray[np.float64]
Predict = Callable[[Sequence[str]], npt.NDArray[Any]]
"""Texts to probabilities of shape (n, 3); see ``models.predictor.Predictor.predict_proba``."""
NO_ANSWER: Final = "no answer"
"""Stands where a sentiment would: a probability is not a number."""


@dataclass(frozen=True)
class Answers:
    """Probabilities (3,) by text, as ``core.texts.model_text`` writes texts."""

    _by_text: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self._by_text)

    def probabilities(self, text: str) -> Floats:
        """Of each of ``SENTIMENTS``; raises ``KeyError`` for a text that was not asked."""
        return self._by_text[text]

    def said(self, text: str) -> str:
        """The most likely sentiment, or ``NO_ANSWER``: a model of NaN weights has no favourite."""
        found = self._by_text[text]
        return SENTIMENTS[int(found.argmax())] if np.isfinite(found).all() else NO_ANSWER


def ask(predict: Predict, texts: Iterable[str]) -> Answers:
    """Each different text once, all in one call. Raises ``PermanentError`` unless each gets a probability for each sentiment."""
    asked = list(dict.fromkeys(texts))
    probabilities = np.asarray(predict(asked), dtype=np.float64)
    if probabilities.shape != (len(asked), len(SENTIMENTS)):
        raise PermanentError(f"behaviour tests: {probabilities.shape} probabilities for {len(asked)} texts")
    return Answers(dict(zip(asked, probabilities, strict=True)))
