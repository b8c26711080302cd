"""A trained model as one thing that turns texts into probabilities, whatever its kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.about import checked_about, loader_of
from reviewloop.models.kinds.table import Form


@dataclass(frozen=True)
class Predictor:
    """A loaded model. ``predict_proba`` takes texts as ``core.texts.model_text`` writes them."""

    kind: str
    form: Form
    _predict: Callable[[Sequence[str]], np.ndarray]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities, float64 of shape (n, 3), columns in the order of ``SENTIMENTS``."""
        if not len(texts):
            return np.zeros((0, len(SENTIMENTS)))
        return self._predict(list(texts))


def load_predictor(folder: Path) -> Predictor:
    """The model in ``folder``. Raises ``PermanentError`` where ``checked_about`` does."""
    about = checked_about(folder)
    return Predictor(about["kind"], about["form"], loader_of(about).load_predict(folder, about))
