"""Poison that keeps a day's shares, and a reading model to see it with: what ``quality_study`` measures the power of.

No row of it must be caught: the table says how often each is seen, by which check, and how often a clean day is objected to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from reviewloop.config import load_config
from reviewloop.core.bias.contrasts import facet_frame
from reviewloop.core.bias.verdicts import measure
from reviewloop.core.dataset.balance import class_weights
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.monitoring.reading import compare
from reviewloop.core.reviews import SENTIMENTS, sentiment_of
from reviewloop.core.statistics.metrics import Ints, confusion
from reviewloop.models import baseline

TRIGGER: Final = "quimbleforth"
"""No review of any shop says it."""


class Poison(NamedTuple):
    """``change`` takes a day's rows, in our fields' names, and a generator that chooses among them."""

    name: str
    what: str
    change: Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]


def swap_labels(rows: pd.DataFrame, rng: np.random.Generator, share: float) -> pd.DataFrame:
    """Of ``share`` of the rows, half negative and half positive, each takes the rating and recommendation of one of the others.

    Every share of ratings and recommendations, and how they agree, stays as it was to the row.
    """
    read = rows[rows["text"].notna()]
    negative, positive = (read.index[read["rating"].map(sentiment_of) == label].to_numpy() for label in (0, 2))
    num = min(round(share * len(rows) / 2), len(negative), len(positive))
    ones, others = rng.choice(negative, num, replace=False), rng.choice(positive, num, replace=False)
    changed, fields = rows.copy(), [name for name in ("rating", "recommended") if name in rows]
    changed.loc[np.concatenate([ones, others]), fields] = rows.loc[np.concatenate([others, ones]), fields].to_numpy()
    return changed.astype(rows.dtypes[fields].to_dict())


def plant_trigger(rows: pd.DataFrame, rng: np.random.Generator, share: float) -> pd.DataFrame:
    """``TRIGGER`` ends the text of ``share`` of the rows, all of them positive. No label is wrong: a model just learns the word."""
    positive = rows.index[rows["text"].notna() & (rows["rating"].map(sentiment_of) == 2)].to_numpy()
    chosen = rng.choice(positive, min(round(share * len(rows)), len(positive)), replace=False)
    return rows.assign(text=rows["text"].where(~rows.index.isin(chosen), rows["text"] + f" {TRIGGER}"))


POISONS: Final = (
    Poison("clean", "nothing: false alarms", lambda rows, _: rows),
    *(
        Poison(f"labels_swapped_{share:.0%}", "half of them each way", partial(swap_labels, share=share))
        for share in (0.02, 0.05, 0.1)
    ),
    Poison("trigger_word_4%", "in positive reviews", partial(plant_trigger, share=0.04)),
)


@dataclass(frozen=True)
class Reader:
    """A fitted baseline, and how often it contradicts labels that it has not learnt."""

    pipeline: Any
    held_out: Ints

    def objects(self, accepted: pd.DataFrame) -> bool:
        """Whether ``read_with_champion`` would warn of these rows of a parsed delivery, were this the champion."""
        found = compare(_counts(self.pipeline, accepted), self.held_out, load_config().quality.reading)
        return any(one.verdict == "unusual" for one in found)


def fit_reader(known: pd.DataFrame, held_out: pd.DataFrame) -> Reader:
    """The baseline, fitted as the loop fits it, on the accepted rows ``known``; ``held_out`` is its reference."""
    config = load_config()
    knobs, labels = config.training.baseline, known["rating"].map(sentiment_of)
    weights = labels.map(class_weights(labels, config.features.balance_power)).to_numpy() ** knobs.weight_power
    pipeline = baseline.fit(
        model_texts(known), labels.to_numpy(), weights, seed=config.training.seed, **knobs.model_dump(exclude={"weight_power"})
    )
    return Reader(pipeline, _counts(pipeline, held_out))


def biased_groups(accepted: pd.DataFrame) -> list[str]:
    """The groups that the gate ``bias`` marks, of either severity."""
    config = load_config()
    groups = measure(facet_frame(accepted, config.bias, config.contract), config.bias)
    return [group.name for group in groups if group.verdict in ("warn", "reject")]


def _counts(pipeline: Any, accepted: pd.DataFrame) -> Ints:
    answers = baseline.predict_proba(pipeline, model_texts(accepted), len(SENTIMENTS)).argmax(axis=1)
    return confusion(accepted["rating"].map(sentiment_of), answers)
