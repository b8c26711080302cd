"""The kind ``baseline``: TF-IDF and logistic regression (see ``models.baseline``)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from reviewloop.core.explain.words import Explanation
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.reader import Prepared, Reading

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

CHARACTERS_A_TOKEN: Final = 5
"""It has no tokens of its own; about what a word of English with its space takes."""


@dataclass(frozen=True)
class BaselineReader:
    """A fitted pipeline; scikit-learn reads a fitted one from several threads."""

    pipeline: "Pipeline"

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        """The texts as they are: the pipeline cuts them into words itself."""
        return [Prepared(text, 1 + len(text) // CHARACTERS_A_TOKEN) for text in texts]

    def answer(self, items: Sequence[Prepared]) -> np.ndarray:
        """Probabilities (n, 3)."""
        from reviewloop.models import baseline

        return baseline.predict_proba(self.pipeline, [item.content for item in items], len(SENTIMENTS))

    def read(self, items: Sequence[Prepared]) -> Reading:
        """The same, and the TF-IDF vectors that the answers were computed from, projected to few dimensions."""
        from reviewloop.models import baseline

        return Reading(*baseline.read(self.pipeline, [item.content for item in items], len(SENTIMENTS)))


def load_reader(folder: Path, about: Mapping[str, Any]) -> BaselineReader:  # noqa: ARG001
    """What reads texts."""
    from reviewloop.models import baseline

    return BaselineReader(baseline.from_skops((folder / baseline.FILE).read_bytes()))


def load_explain(folder: Path, about: Mapping[str, Any], num_steps: int) -> tuple[str, Callable[[str], Explanation]]:  # noqa: ARG001
    """How it explains, in words, and what explains one text; there are no steps, for it is exact."""
    from reviewloop.models.explain.linear_attributions import linear_explainer

    return "coefficient times TF-IDF value, exact for a linear model", linear_explainer(folder)
