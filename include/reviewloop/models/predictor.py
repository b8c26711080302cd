"""A trained model as one thing that turns texts into probabilities, whatever its kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.about import checked_about, loader_of
from reviewloop.models.kinds.table import Form
from reviewloop.models.reader import PASS_TOKENS, Reader, passes


@dataclass(frozen=True)
class Predictor:
    """A loaded model. ``predict_proba`` takes texts as ``core.texts.model_text`` writes them."""

    kind: str
    form: Form
    reader: Reader

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities, float64 of shape (n, 3), columns in the order of ``SENTIMENTS``."""
        items = self.reader.prepare(texts)
        probabilities = np.zeros((len(items), len(SENTIMENTS)))
        for rows in passes([item.num_tokens for item in items], PASS_TOKENS):
            probabilities[rows] = self.reader.answer([items[row] for row in rows])
        return probabilities


def load_predictor(folder: Path) -> Predictor:
    """The model in ``folder``. Raises ``PermanentError`` where ``checked_about`` does."""
    about = checked_about(folder)
    return Predictor(about["kind"], about["form"], loader_of(about).load_reader(folder, about))
