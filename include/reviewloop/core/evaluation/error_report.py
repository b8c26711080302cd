"""Everything the error analysis of one model found, and the same as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from reviewloop.config import Config, Contract, ExplainConfig
from reviewloop.core.evaluation.error_analysis import (
    SliceMistakes,
    misleading_words,
    mistakes_by_slice,
    said_probability,
    sampled,
    surest_mistakes,
)
from reviewloop.core.evaluation.slice_features import slice_features
from reviewloop.core.evaluation.slice_finder import SliceSearch, find_slices, proposing_half
from reviewloop.core.explain.carriers import Carrier, carriers
from reviewloop.core.explain.deletion import Deletion, Predict, delete_words
from reviewloop.core.explain.words import Explanation, completeness_error
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.keywords import Keyword
from reviewloop.core.statistics.metrics import confusion
from reviewloop.core.texts import text_digest


@dataclass(frozen=True)
class Mistake:
    """One wrong answer: the true and the said class id, and the words that led to it."""

    review_id: int
    day: str
    truth: int
    said: int
    explanation: Explanation


@dataclass(frozen=True)
class ErrorReport:
    """Of one model on the sealed part. ``deletion`` and ``completeness_error`` say whether the explanations can be believed."""

    kind: str
    job_key: str
    method: str
    """How the explanations were made, in words."""
    matrix: tuple[tuple[int, ...], ...]
    """Counts, rows are the true class."""
    surest: tuple[Mistake, ...]
    by_slice: tuple[SliceMistakes, ...]
    misleading: Mapping[str, tuple[Keyword, ...]]
    slices: SliceSearch
    slice_examples: tuple[tuple[Mistake, ...], ...]
    """Of each found slice, its surest mistakes on the judging half."""
    carriers: Mapping[str, tuple[Carrier, ...]]
    num_explained: Mapping[str, int]
    """Explained reviews behind ``carriers``, by the sentiment that the model says."""
    deletion: Deletion
    completeness_error: float
    labels: Mapping[str, str]
    """How the page names facets."""

    @property
    def num_rows(self) -> int:
        """Rows of the sealed part."""
        return sum(map(sum, self.matrix))

    @property
    def num_mistakes(self) -> int:
        """Wrong answers among them."""
        return self.num_rows - sum(row[place] for place, row in enumerate(self.matrix))

    def metrics(self) -> dict[str, float]:
        """The numbers that a model's run keeps, by flat name; NaN where nothing could be explained."""
        return {
            "explanations.num_texts": float(self.deletion.num_texts),
            "explanations.deletion_gain": self.deletion.gain,
            "explanations.deletion_gain_low": self.deletion.low,
            "explanations.deletion_gain_high": self.deletion.high,
            "explanations.deletion_fall_strongest": self.deletion.fall_strongest,
            "explanations.deletion_fall_random": self.deletion.fall_random,
            "explanations.completeness_error": self.completeness_error,
            "worst_slices.num_proposed": float(self.slices.num_proposed),
            "worst_slices.num_found": float(len(self.slices.found)),
            "worst_slices.min_accuracy": min((one.accuracy for one in self.slices.found), default=float("nan")),
        }

    def as_json(self) -> dict[str, Any]:
        """Everything, for JSON; NaN becomes null."""
        counts = {"num_rows": self.num_rows, "num_mistakes": self.num_mistakes}
        return {**_plain(asdict(self)), **counts, "metrics": _plain(self.metrics())}


def places_to_explain(predicted: pd.DataFrame, config: ExplainConfig, slices: SliceSearch) -> list[int]:
    """The rows that a report on ``predicted`` needs explained: the sample, and every mistake that is shown; rising."""
    shown = [place for places in surest_mistakes(predicted, config.num_mistakes).values() for place in places]
    for found in slices.found:
        shown += _surest(predicted, found.mistakes, config.slices.num_examples)
    return sorted({*sampled(predicted, config.num_texts), *shown})


def search_slices(predicted: pd.DataFrame, contract: Contract, config: ExplainConfig, seed: int) -> SliceSearch:
    """The slices of ``predicted`` with more mistakes than the rest."""
    is_wrong = (predicted["label"] != predicted["prediction"]).to_numpy()
    proposes = proposing_half([text_digest(text) for text in predicted["text"]])
    return find_slices(slice_features(predicted, contract, config.slices.min_rows), is_wrong, proposes, config.slices, seed)


def error_report(
    predicted: pd.DataFrame,
    explanations: Mapping[int, Explanation],
    predict: Predict,
    slices: SliceSearch,
    config: Config,
    *,
    kind: str,
    job_key: str,
    method: str,
    seed: int,
) -> ErrorReport:
    """The report. ``explanations`` are those of ``places_to_explain``; ``predict`` asks the model as it would be served."""
    explain = config.explain

    def mistakes(places: Sequence[int]) -> tuple[Mistake, ...]:
        rows = predicted.iloc[list(places)]
        columns = (rows[name] for name in ("review_id", "day", "label", "prediction"))
        return tuple(
            Mistake(int(review_id), str(day), int(truth), int(said), explanations[place])
            for place, review_id, day, truth, said in zip(places, *columns, strict=True)
        )

    sample = [explanations[place] for place in sampled(predicted, explain.num_texts)]
    surest = [place for places in surest_mistakes(predicted, explain.num_mistakes).values() for place in places]
    return ErrorReport(
        kind=kind,
        job_key=job_key,
        method=method,
        matrix=tuple(map(tuple, confusion(predicted["label"], predicted["prediction"]).tolist())),
        surest=mistakes(surest),
        by_slice=tuple(mistakes_by_slice(predicted, config.contract, config.evaluation)),
        labels=config.contract.labels(),
        misleading=misleading_words(predicted, explain.num_top, config.profiling.prior_words),
        slices=slices,
        slice_examples=tuple(mistakes(_surest(predicted, one.mistakes, explain.slices.num_examples)) for one in slices.found),
        carriers={name: carriers(sample, label, explain.min_texts, explain.num_top) for label, name in enumerate(SENTIMENTS)},
        num_explained={name: sum(one.label == label for one in sample) for label, name in enumerate(SENTIMENTS)},
        deletion=delete_words(sample, predict, explain.num_deleted, config.training.num_resamples, seed),
        completeness_error=completeness_error(sample),
    )


def _surest(predicted: pd.DataFrame, places: Sequence[int], num: int) -> list[int]:
    sure = said_probability(predicted).to_numpy()
    return sorted(places, key=lambda place: (-sure[place], place))[:num]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and np.isnan(value) else value
