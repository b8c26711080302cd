"""The metrics of parts of the test set: a good average may hide a department that the model fails.

Every slice is compared with all other rows, like with like (see ``slice_tests``). There are many slices, so the chances go
through Holm's correction over all of them and both metrics: that a single one is falsely called worse has a chance of ``alpha``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal, TypedDict

import numpy as np
import pandas as pd

from reviewloop.config import Contract, EvaluationConfig
from reviewloop.core.evaluation.slice_tests import accuracy_tail, macro_f1_tail, mean_f1, rest_alike
from reviewloop.core.facets import JOIN, NO_VALUE, facet_values
from reviewloop.core.statistics.many_tests import holm
from reviewloop.core.statistics.metrics import Ints, accuracy, confusion
from reviewloop.core.statistics.proportions import wilson
from reviewloop.core.texts import words

SliceVerdict = Literal["ok", "worse", "not enough evidence"]


class Slice(TypedDict):
    """One value of a facet, or of a pair. ``macro_f1`` is the mean over the classes that the slice holds.

    ``rest_accuracy`` and ``rest_macro_f1`` are what all other rows score at the slice's mix of sentiments; ``p_accuracy`` and
    ``p_macro_f1`` the Holm-adjusted chances of lying so far below. None where there is too little to compare.
    """

    value: str
    num_rows: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_f1: float
    rest_accuracy: float | None
    rest_macro_f1: float | None
    p_accuracy: float | None
    p_macro_f1: float | None
    verdict: SliceVerdict


@dataclass(frozen=True)
class Slices:
    """Every slice: of single facets and of pairs, by facet (``department × length``), the largest slice first."""

    singles: dict[str, list[Slice]]
    pairs: dict[str, list[Slice]]
    min_rows: int
    """A slice of fewer rows judges nothing."""

    def worse(self) -> list[str]:
        """The slices that are worse beyond the margin and beyond chance, in words, the widest gap in accuracy first."""
        every = {**self.singles, **self.pairs}
        named = [(f"{facet}={one['value']}", one) for facet, some in every.items() for one in some if one["verdict"] == "worse"]
        return [in_words(name, one) for name, one in sorted(named, key=lambda pair: -_gap(pair[1]))]

    def metrics(self) -> dict[str, float]:
        """``slices.<facet>.min_accuracy`` and the like; ``slices.num_compared``, ``.num_significantly_worse``, ``.worst_gap``.

        The last two are missing where no slice could be compared: a gate then lacks its evidence.
        """
        flat = {
            f"slices.{facet}.{name}": value
            for facet, some in self.singles.items()
            for name, value in worst(some, self.min_rows).items()
        }
        every = chain(*self.singles.values(), *self.pairs.values())
        gaps = [_gap(one) for one in every if one["verdict"] != "not enough evidence"]
        flat["slices.num_compared"] = float(len(gaps))
        if gaps:
            flat |= {"slices.num_significantly_worse": float(len(self.worse())), "slices.worst_gap": max(gaps)}
        return flat


def facets(reviews: pd.DataFrame, contract: Contract, length_edges: Sequence[int]) -> pd.DataFrame:
    """The facets of each review, as text: the columns that ``evaluation.slices`` may name. Bands are named by their edges."""
    num_words = reviews["text"].map(lambda text: len(words(text))).to_numpy()
    band = np.searchsorted(list(length_edges), num_words, side="right") - 1
    names = [f"{low}-{high - 1} words" for low, high in pairwise(length_edges)]
    names.append(f"{length_edges[-1]}+ words")
    return pd.DataFrame(
        {
            **{name: values.fillna(NO_VALUE).astype(str) for name, values in facet_values(reviews, contract).items()},
            "length": [names[place] for place in band],
            "has_title": np.where(reviews["title"].notna(), "with title", "without title"),
        },
        index=reviews.index,
    )


def measure_slices(predicted: pd.DataFrame, contract: Contract, config: EvaluationConfig, seed: int) -> Slices:
    """Every slice of ``predicted`` (see ``core.evaluation.evaluation.with_predictions``), judged.

    The same rows and seed give the same numbers.
    """
    frame, whole = facets(predicted, contract, config.length_edges), confusion(predicted["label"], predicted["prediction"])
    groups = [group for columns in config.slices for group in _groups(frame, predicted, columns)]
    rng = np.random.default_rng(seed)
    chances = np.full((len(groups), 2), np.nan)
    for place, group in enumerate(groups):
        if min(group.num_rows, int(whole.sum()) - group.num_rows) >= config.min_slice_rows:
            draws = macro_f1_tail(group.matrix, whole, config.num_draws, rng)
            chances[place] = accuracy_tail(group.matrix, whole), draws
    adjusted = holm(chances.ravel()).reshape(chances.shape)
    singles: dict[str, list[Slice]] = {JOIN.join(columns): [] for columns in config.slices if len(columns) == 1}
    pairs: dict[str, list[Slice]] = {JOIN.join(columns): [] for columns in config.slices if len(columns) > 1}
    for group, chance in zip(groups, adjusted, strict=True):
        (singles if group.facet in singles else pairs)[group.facet].append(_judged(group, whole, chance.tolist(), config))
    for some in chain(singles.values(), pairs.values()):
        some.sort(key=lambda one: (-one["num_rows"], one["value"]))
    return Slices(singles, pairs, config.min_slice_rows)


def worst(slices: Sequence[Slice], min_rows: int) -> dict[str, float]:
    """``min_accuracy`` and ``min_macro_f1`` over the slices of at least ``min_rows`` rows; empty where there is none."""
    judged = [one for one in slices if one["num_rows"] >= min_rows]
    if not judged:
        return {}
    return {
        "min_accuracy": min(one["accuracy"] for one in judged),
        "min_macro_f1": min(one["macro_f1"] for one in judged),
        "num_judged": float(len(judged)),
    }


def in_words(name: str, one: Slice) -> str:
    """A slice that was compared, in one line: ``department=Dresses: accuracy 0.61 (0.55 to 0.66), elsewhere 0.83 ...``."""
    return (
        f"{name}: accuracy {one['accuracy']:.2f} ({one['accuracy_low']:.2f} to {one['accuracy_high']:.2f}), elsewhere "
        f"{one['rest_accuracy']:.2f} at the same mix of sentiments (p {one['p_accuracy']:.2g}); "
        f"macro-F1 {one['macro_f1']:.2f}, elsewhere {one['rest_macro_f1']:.2f} (p {one['p_macro_f1']:.2g}); {one['num_rows']} rows"
    )


@dataclass(frozen=True)
class _Group:
    """The rows of one value of a facet or pair: their confusion matrix."""

    facet: str
    value: str
    matrix: Ints

    @property
    def num_rows(self) -> int:
        return int(self.matrix.sum())


def _groups(frame: pd.DataFrame, predicted: pd.DataFrame, columns: Sequence[str]) -> Iterator[_Group]:
    """One group a value. A pair that holds all rows of one of its two values is that value again, and left out."""
    joined = frame[columns[0]].reset_index(drop=True)
    for column in columns[1:]:
        joined = joined + JOIN + frame[column].reset_index(drop=True)
    labels, predictions = predicted["label"].to_numpy(), predicted["prediction"].to_numpy()
    sizes = {column: frame[column].value_counts() for column in columns}
    for value, places in sorted(joined.groupby(joined).indices.items()):
        parts = [int(sizes[column][frame[column].iloc[places[0]]]) for column in columns]
        if len(columns) == 1 or len(places) < min(parts):
            yield _Group(JOIN.join(columns), str(value), confusion(labels[places], predictions[places]))


def _judged(group: _Group, whole: Ints, chances: Sequence[float], config: EvaluationConfig) -> Slice:
    matrix, alike = group.matrix, rest_alike(group.matrix, whole)
    low, high = wilson(int(np.trace(matrix)), group.num_rows)
    seen, rest = (float(accuracy(matrix)), mean_f1(matrix)), (float(accuracy(alike)), mean_f1(alike))
    margins = (config.margins.accuracy, config.margins.macro_f1)
    is_worse = any(
        there - here > margin and chance <= config.alpha
        for here, there, margin, chance in zip(seen, rest, margins, chances, strict=True)
    )
    verdict: SliceVerdict = "not enough evidence" if np.isnan(chances[0]) else "worse" if is_worse else "ok"
    known = [None if np.isnan(value) else float(value) for value in (*rest, *chances)]
    return {
        "value": group.value, "num_rows": group.num_rows, "accuracy": seen[0], "accuracy_low": low, "accuracy_high": high,
        "macro_f1": seen[1], "rest_accuracy": known[0], "rest_macro_f1": known[1], "p_accuracy": known[2], "p_macro_f1": known[3],
        "verdict": verdict,
    }  # fmt: skip


def _gap(one: Slice) -> float:
    """How far the accuracy of a slice that was compared lies below the rest's."""
    return (one["rest_accuracy"] or 0.0) - one["accuracy"]
