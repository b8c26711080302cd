"""Baseline or transformer: a simpler model that is not worse wins."""

import logging

from reviewloop.adapters.lake import sealed
from reviewloop.config import load_config
from reviewloop.core.statistics.bootstrap import macro_f1_difference
from reviewloop.errors import PermanentError
from reviewloop.refs import ChoiceRef, EvaluationRef, ModelRef, TrainingRef

log = logging.getLogger(__name__)


def choose(
    baseline: ModelRef,
    transformer: ModelRef,
    baseline_marks: EvaluationRef,
    transformer_marks: EvaluationRef,
    training: TrainingRef,
) -> ChoiceRef:
    """The transformer, when its macro-F1 on the sealed part is above the baseline's with the configured confidence
    (``prefer_transformer_confidence``, paired bootstrap); otherwise the baseline.
    """
    config = load_config().training
    first, second = (sealed.open_predictions(marks.predictions_uri, "choice") for marks in (transformer_marks, baseline_marks))
    if not first["review_id"].equals(second["review_id"]) or not first["label"].equals(second["label"]):
        raise PermanentError(
            f"{transformer_marks.predictions_uri} and {baseline_marks.predictions_uri} are not of the same rows: "
            "evaluate both models on one sealed part"
        )
    difference = macro_f1_difference(
        first["label"], first["prediction"], second["prediction"], config.num_resamples, training.seed
    )  # fmt: skip
    asked = config.prefer_transformer_confidence
    better = difference.confidence >= asked
    reason = (
        f"{'transformer' if better else 'baseline'}: macro-F1 {transformer_marks.macro_f1:.4f} of the transformer against "
        f"{baseline_marks.macro_f1:.4f} of the baseline on {len(first)} rows, a difference of {difference.delta:+.4f} "
        f"(95 % interval {difference.low:+.4f} to {difference.high:+.4f}); it is above 0 in {difference.confidence:.1%} of "
        f"{config.num_resamples} resamples, asked {asked:.1%}"
    )
    log.info("%s", reason)
    return ChoiceRef(
        model=transformer if better else baseline,
        evaluation=transformer_marks if better else baseline_marks,
        baseline=baseline_marks,
        transformer=transformer_marks,
        reason=reason,
    )
