"""The kind ``baseline``: TF-IDF and logistic regression (see ``models.baseline``)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reviewloop.core.explain.words import Explanation
from reviewloop.core.reviews import SENTIMENTS


def load_predict(folder: Path, about: Mapping[str, Any]) -> Callable[[Sequence[str]], np.ndarray]:  # noqa: ARG001
    """What gives the probabilities (n, 3) of texts."""
    from reviewloop.models import baseline

    pipeline = baseline.from_skops((folder / baseline.FILE).read_bytes())
    return lambda texts: baseline.predict_proba(pipeline, texts, len(SENTIMENTS))


def load_explain(folder: Path, about: Mapping[str, Any], num_steps: int) -> tuple[str, Callable[[str], Explanation]]:  # noqa: ARG001
    """How it explains, in words, and what explains one text; there are no steps, for it is exact."""
    from reviewloop.models.explain.linear_attributions import linear_explainer

    return "coefficient times TF-IDF value, exact for a linear model", linear_explainer(folder)
