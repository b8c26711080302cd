"""Where a model is wrong: its surest mistakes, what it takes for what in each slice, and the words of the texts it gets wrong.

All functions read predicted rows as ``core.evaluation.evaluation.with_predictions`` makes them.
"""

from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.config import Contract, EvaluationConfig
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.dataset.splits import fraction
from reviewloop.core.evaluation.evaluation import PROBABILITIES
from reviewloop.core.evaluation.slices import facets
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.keywords import Keyword, count_words, keywords
from reviewloop.core.texts import text_digest

PAIRS: Final = tuple(permutations(range(len(SENTIMENTS)), 2))
"""True and said class of every kind of mistake."""


@dataclass(frozen=True)
class SliceMistakes:
    """One value of a facet: its rows, and its mistakes of each kind in the order of ``PAIRS``."""

    facet: str
    value: str
    num_rows: int
    mistakes: tuple[int, ...]


def said_probability(predicted: pd.DataFrame) -> "pd.Series[float]":
    """The probability that the model gave its own answer."""
    probabilities = predicted[list(PROBABILITIES)].to_numpy()
    return pd.Series(probabilities[np.arange(len(predicted)), predicted["prediction"]], index=predicted.index)


def surest_mistakes(predicted: pd.DataFrame, num_each: int) -> dict[tuple[int, int], list[int]]:
    """Places of the ``num_each`` most confident mistakes of each kind (true class, said class), the surest first."""
    sure = said_probability(predicted).to_numpy()
    order = np.lexsort((predicted["review_id"].to_numpy(), -sure))
    truth, said = predicted["label"].to_numpy(), predicted["prediction"].to_numpy()
    return {(a, b): [int(place) for place in order if truth[place] == a and said[place] == b][:num_each] for a, b in PAIRS}


def sampled(predicted: pd.DataFrame, num_texts: int) -> list[int]:
    """Places of up to a third of ``num_texts`` rows of each answer, drawn by a hash of the text; rising."""
    draws = np.array([fraction(text_digest(text), "explain") for text in predicted["text"]])
    order, said = np.argsort(draws, kind="stable"), predicted["prediction"].to_numpy()
    share = num_texts // len(SENTIMENTS)
    return sorted(int(place) for label in range(len(SENTIMENTS)) for place in order[said[order] == label][:share])


def mistakes_by_slice(predicted: pd.DataFrame, contract: Contract, evaluation: EvaluationConfig) -> list[SliceMistakes]:
    """Facet by facet, the value with the largest share of mistakes first; values with too few rows to judge are left out."""
    found = []
    for name, values in facets(predicted, contract, evaluation.length_edges).items():
        members = []
        for value, rows in predicted.groupby(values.to_numpy(), sort=True):
            if len(rows) >= evaluation.min_slice_rows:
                kinds = tuple(int(((rows["label"] == a) & (rows["prediction"] == b)).sum()) for a, b in PAIRS)
                members.append(SliceMistakes(str(name), str(value), len(rows), kinds))
        found += sorted(members, key=lambda one: (-sum(one.mistakes) / one.num_rows, one.value))
    return found


def misleading_words(predicted: pd.DataFrame, num_top: int, prior_words: float) -> dict[str, tuple[Keyword, ...]]:
    """For each true sentiment, the words that mark its missed texts against its found ones.

    Within one sentiment: among all texts the marks of mistakes would simply be the words of the hardest sentiment.
    """
    texts = pd.Series(model_texts(predicted), index=predicted.index)
    is_wrong = predicted["label"] != predicted["prediction"]
    found = {}
    for label, name in enumerate(SENTIMENTS):
        of_class = predicted["label"] == label
        missed, right = count_words(texts[of_class & is_wrong]), count_words(texts[of_class & ~is_wrong])
        found[name] = keywords(missed, right, num_top, prior_words)
    return found
