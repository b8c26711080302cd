"""The baseline of today: TF-IDF and logistic regression, as the configuration of the training has them."""

from reviewloop.config import load_config
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats, Ints
from reviewloop.models.learners.protocol import Fitted, Seen


def fit(known: Seen, labels: Ints, weights: Floats, seed: int) -> Fitted:
    """As the step ``train_baseline`` fits it."""
    from reviewloop.models import baseline

    knobs = load_config().training.baseline.model_dump(exclude={"weight_power"})
    pipeline = baseline.fit(known.tolist(), labels, weights, **knobs, seed=seed)
    return Fitted(
        lambda rows: baseline.predict_proba(pipeline, rows.tolist(), len(SENTIMENTS)), lambda: len(baseline.to_skops(pipeline))
    )
