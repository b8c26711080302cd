"""The candidate of a training run: a simpler model that is not worse wins."""

import logging
from collections.abc import Sequence

import pandas as pd

from reviewloop.adapters.lake import sealed
from reviewloop.config import load_config
from reviewloop.core.gates.choice import Challenger, chances, num_resamples_needed, pick
from reviewloop.core.statistics.bootstrap import macro_f1_difference
from reviewloop.errors import ConfigError, PermanentError
from reviewloop.refs import ChoiceRef, EvaluationRef, JudgedRef, ModelRef, TrainingRef

log = logging.getLogger(__name__)


def choose(
    models: Sequence[ModelRef], metrics: Sequence[EvaluationRef], training: TrainingRef, to_beat: str = "baseline"
) -> ChoiceRef:
    """The best of the models whose macro-F1 on the sealed part is above that of the kind ``to_beat`` with the configured
    confidence (``beat_baseline_confidence``); that one itself where none is. ``core.gates.choice.pick`` has the argument.

    ``metrics`` belong to ``models``, in their order; list the simpler first, for it wins where two are equal. Raises
    ``PermanentError`` for models and metrics that do not belong together, and ``ConfigError`` where ``num_resamples`` are too few.
    """
    candidates = _judged(models, metrics, to_beat)
    base = next(one for one in candidates if one.to_beat)
    others = [one for one in candidates if not one.to_beat]
    challengers = _challengers(base, others, training.seed)
    config = load_config().training
    asked = config.beat_baseline_confidence
    if len(others) > 1 and config.num_resamples < (needed := num_resamples_needed(len(others), asked)):
        raise ConfigError(
            f"training.num_resamples: {config.num_resamples} are too few to compare {len(others)} models with the baseline at "
            f"confidence {asked:g}; give at least {needed}"
        )
    place = pick(challengers, asked)
    chosen = base if place is None else others[place]
    reason = f"{chosen.model.kind}: {_found(base, challengers, asked, config.num_resamples)}"
    log.info("%s", reason)
    return ChoiceRef(model=chosen.model, evaluation=chosen.evaluation, candidates=candidates, reason=reason)


def _judged(models: Sequence[ModelRef], metrics: Sequence[EvaluationRef], to_beat: str) -> tuple[JudgedRef, ...]:
    kinds = [model.kind for model in models]
    if kinds != [one.kind for one in metrics]:
        raise PermanentError(
            f"models of the kinds {kinds} and metrics of {[one.kind for one in metrics]}: give each its own, in order"
        )
    if len(set(kinds)) < len(kinds):
        raise PermanentError(f"models of the kinds {kinds}: give one of a kind")
    if to_beat not in kinds:
        raise PermanentError(f"to_beat: {to_beat!r} is none of the models; they are {', '.join(kinds) or 'none'}")
    pairs = zip(models, metrics, strict=True)
    return tuple(JudgedRef(model=model, evaluation=one, to_beat=model.kind == to_beat) for model, one in pairs)


def _challengers(base: JudgedRef, others: Sequence[JudgedRef], seed: int) -> list[Challenger]:
    """Each against the baseline, on the same rows and with the same draws."""
    second, num_resamples = _predictions(base), load_config().training.num_resamples
    found = []
    for one in others:
        first = _predictions(one)
        if not first["review_id"].equals(second["review_id"]) or not first["label"].equals(second["label"]):
            raise PermanentError(
                f"{one.evaluation.predictions_uri} and {base.evaluation.predictions_uri} are not of the same rows: "
                "evaluate all models on one sealed part"
            )
        difference = macro_f1_difference(first["label"], first["prediction"], second["prediction"], num_resamples, seed)
        found.append(Challenger(one.model.kind, one.evaluation.macro_f1, difference))
    return found


def _predictions(one: JudgedRef) -> pd.DataFrame:
    return sealed.open_predictions(one.evaluation.predictions_uri, "choice")


def _found(base: JudgedRef, challengers: Sequence[Challenger], asked: float, num_resamples: int) -> str:
    """Every comparison in words."""
    metrics, lines = base.evaluation, []
    for one, chance in zip(challengers, chances(challengers), strict=True):
        seen = one.difference
        line = (
            f"macro-F1 {one.macro_f1:.4f} of the {one.kind} against {metrics.macro_f1:.4f} of the {base.model.kind} on "
            f"{metrics.num_rows} rows, a difference of {seen.delta:+.4f} (95 % interval {seen.low:+.4f} to {seen.high:+.4f}); "
            f"it is above 0 in {seen.confidence:.1%} of {num_resamples} resamples, asked {asked:.1%}"
        )
        if len(challengers) > 1:
            line += f" after Holm's correction over {len(challengers)} models, which leaves {1 - chance:.1%}"
        lines.append(line)
    return "; ".join(lines) or f"the only model, macro-F1 {metrics.macro_f1:.4f} on {metrics.num_rows} rows"
