"""Which words made a model answer as it did, whatever its kind.

The baseline is linear and its explanation exact. A transformer is explained by integrated gradients: SHAP's own explainer of
texts asks the model up to 500 times for each by default (``max_evals``), the gradients ``explain.num_steps`` times forward and
back (see ``integrated_gradients``). Both tell what each word adds to the answer's margin, compared with a blank text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewloop.core.explain.words import Explanation
from reviewloop.models.about import checked_about, loader_of


@dataclass(frozen=True)
class Explainer:
    """A loaded model that can be asked why. ``method`` says in words how it answers."""

    kind: str
    method: str
    _explain: Callable[[str], Explanation]

    def explain(self, texts: Sequence[str]) -> list[Explanation]:
        """One explanation for each text (as ``core.texts.model_text`` writes it), in order."""
        return [self._explain(text) for text in texts]


def load_explainer(folder: Path, num_steps: int) -> Explainer:
    """The explainer of the model in ``folder``; ``num_steps`` are points on the path of integrated gradients.

    Raises ``PermanentError`` where ``load_predictor`` does.
    """
    about = checked_about(folder)
    method, explain = loader_of(about).load_explain(folder, about, num_steps)
    return Explainer(about["kind"], method, explain)
