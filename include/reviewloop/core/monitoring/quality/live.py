"""A day's live quality: what is estimated without its labels, what they say as they arrive, and what the two say of each other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.config import Contract, LiveQualityConfig
from reviewloop.core.monitoring.descriptors import NUMBERS
from reviewloop.core.monitoring.quality import priors as of_priors
from reviewloop.core.monitoring.quality.calibration import Calibration, NotEnoughRows, fit
from reviewloop.core.monitoring.quality.estimated import Estimate, Gap, estimate, gaps, shares_for
from reviewloop.core.monitoring.quality.priors import Priors
from reviewloop.core.monitoring.quality.rated import RatedRows, compare_rated
from reviewloop.core.monitoring.quality.realised import DayCounts, Fall, Realised, falls, last_days, realised
from reviewloop.core.monitoring.quality.slices import SliceFall, groups_of, slice_falls
from reviewloop.core.monitoring.sample import Sample
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.core.statistics.metrics import Floats, Ints, confusion
from reviewloop.core.statistics.stratified import one_hot
from reviewloop.core.texts import text_digest


@dataclass(frozen=True)
class LiveQuality:
    """How well the champion answers the day."""

    estimated: Estimate | None
    refused: str
    """Why nothing is estimated; empty where something is."""
    realised: Realised
    falls: tuple[Fall, ...]
    slices: tuple[SliceFall, ...]
    gaps: tuple[Gap, ...]
    rated: RatedRows
    priors: Priors

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; every realised mark says how many of the labels it is of have arrived."""
        known = asdict(self.realised)
        for mark in known["marks"]:
            mark["labels_arrived"] = known["labels_arrived"]
        return {
            "estimated": self.estimated.as_json() if self.estimated else None, "refused": self.refused,
            "realised": known,
            "falls": [_finite(one.as_json()) | {"words": str(one)} for one in self.falls],
            "slices": [one.as_json() for one in self.slices],
            "gaps": [asdict(one) | {"words": str(one)} for one in self.gaps],
            "rated": self.rated.as_json() | {"words": str(self.rated)},
        }  # fmt: skip

    @property
    def warnings(self) -> tuple[str, ...]:
        """What somebody is told: macro-F1 has fallen, or accuracy in a group."""
        fallen = [str(one) for one in self.falls if one.standing == "worse"]
        return (*fallen, *(str(one) for one in self.slices if one.standing == "worse"))


def calibration_of(reference: Sample, day: Sample) -> tuple[Calibration, Ints]:
    """A calibration of the reference's answers, and their confusion counts, both of the rows whose texts the day does not hold:
    no row is judged by a map that it was fitted with.

    Raises ``NotEnoughRows`` where too few are left, or the reference has no answers.
    """
    if reference.probabilities is None:
        raise NotEnoughRows("the reference has no probabilities")
    others = reference.is_rated & ~_held_by(day, reference)
    labels, answers = reference.labels[others].astype(int), reference.probabilities[others]
    return fit(labels, answers), of_priors.sealed_counts(labels, answers)


def counts_of(day: str, version: str, rows: pd.DataFrame, contract: Contract) -> DayCounts:
    """The confusion counts of the rated ones among scored reviews (``prediction``, perhaps ``rating``), in all and by group, and
    how many there are in all."""
    ratings = rows["rating"].astype(object) if "rating" in rows else pd.Series([None] * len(rows), index=rows.index)
    rated = ratings.notna()
    labels = ratings.map(lambda rating: sentiment_of(int(rating)), na_action="ignore").to_numpy(dtype=np.float64)
    answers = rows["prediction"].map(SENTIMENTS.index).to_numpy(dtype=np.int64)
    found = confusion(labels[rated].astype(int), answers[rated])
    groups = groups_of(rows, labels, answers, contract)
    return DayCounts(day, version, tuple(map(tuple, found.tolist())), len(rows), groups)


def live_quality(
    reference: Sample, day: Sample, now: DayCounts, earlier: Sequence[DayCounts], moved: str, limits: LiveQualityConfig,
    contract: Contract,
) -> LiveQuality:  # fmt: skip
    """``now`` are the counts of ``day``, ``earlier`` those of the days before; ``moved`` says what else than the sentiments' shares
    has moved, in words, or is empty: no shares are told then, and those of the reference are taken for granted."""
    known = realised([now], limits)
    rated = compare_rated(_measured(day), day.is_rated, limits.alpha, limits.min_rated)
    if day.probabilities is None or not len(day):
        return _unestimated("the day has no answers of this champion", known, (), rated)
    try:
        calibration, sealed = calibration_of(reference, day)
    except NotEnoughRows as error:
        return _unestimated(str(error), known, (), rated)
    estimated = _estimated(day.answers, calibration, moved, limits)
    found: tuple[Gap, ...] = ()
    if now.matrix.sum() >= limits.min_rated:
        same = estimated if day.is_rated.all() else _estimated(day.answers[day.is_rated], calibration, moved, limits)
        found = gaps(same, now.matrix, limits.alpha)
    told = of_priors.estimate(
        day.answers, calibration, sealed, limits.min_singular_value, limits.num_draws, limits.seed, moved
    )  # fmt: skip
    apart = np.where(_held_by(day, reference), np.nan, reference.labels)
    before = groups_of(reference.reviews, apart, reference.answers.argmax(axis=1), contract)
    slices = slice_falls([one.groups for one in last_days(earlier, now, limits.slice_days)], before, limits)
    return LiveQuality(estimated, "", known, falls(earlier, now, sealed, limits), slices, found, rated, told)


def _held_by(day: Sample, reference: Sample) -> npt.NDArray[np.bool_]:
    """Which of the reference's texts the day holds as well, shape (n,): beside it they would be judged by themselves."""
    return reference.reviews["text"].map(text_digest).isin(set(day.reviews["text"].map(text_digest))).to_numpy()


def _estimated(answers: Floats, calibration: Calibration, moved: str, limits: LiveQualityConfig) -> Estimate:
    mixture = None if moved else shares_for(answers, calibration)
    return estimate(answers, calibration, mixture, limits.num_draws, limits.seed)


def _unestimated(why: str, known: Realised, fallen: tuple[Fall, ...], rated: RatedRows) -> LiveQuality:
    return LiveQuality(None, why, known, fallen, (), (), rated, Priors((), (), why))


def _measured(day: Sample) -> dict[str, Floats]:
    """What rated and unrated rows both have."""
    found = {name: day.columns[[name]].to_numpy(dtype=np.float64) for name in NUMBERS}
    found |= {str(name): one_hot(day.columns[name]) for name in day.columns if name not in NUMBERS}
    return found if day.probabilities is None else found | {"answers": day.probabilities[:, :2]}


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in values.items()}
