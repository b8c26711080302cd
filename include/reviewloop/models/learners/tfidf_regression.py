"""The baseline of today: TF-IDF and logistic regression, as the configuration of the training has them."""

from typing import Final

from reviewloop.config import load_config
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.models.learners.protocol import Fitted, Seen, Space, Span
from reviewloop.models.learners.sparse_texts import WEIGHED, WORDS

PENALTY: Final = 1.0
"""scikit-learn's C, the inverse strength of the L2 penalty, in ``base.yaml``."""
SPACE: Final[Space] = {"c": Span(PENALTY, 0.1, 20.0, log=True), **WORDS, **WEIGHED}


def fit(known: Seen, labels: Ints, weights: Floats, seed: int, weight_power: float = 1.0, **settings: float) -> Fitted:
    """As the step ``train_baseline`` fits it, but for ``settings``, which go before the configuration's."""
    from reviewloop.models import baseline

    knobs = load_config().training.baseline.model_dump(exclude={"weight_power"}) | settings
    pipeline = baseline.fit(known.tolist(), labels, weights**weight_power, **knobs, seed=seed)
    return Fitted(
        lambda rows: baseline.predict_proba(pipeline, rows.tolist(), len(SENTIMENTS)), lambda: len(baseline.to_skops(pipeline))
    )
