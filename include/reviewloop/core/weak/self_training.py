"""Labels that a model gives itself (Yarowsky, "Unsupervised word sense disambiguation rivaling supervised methods", ACL 1995).

A model that believes its own commonest answer soon gives no other: each sentiment has its own threshold and its own cap, a round is
kept only where rows that people labelled are read better after it, and praise may not grow by it.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from reviewloop.config import SelfTrainingConfig
from reviewloop.core.dataset.folds import FitAndRead
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats, log_loss

POSITIVE: Final = SENTIMENTS.index("positive")
Stop = Literal["loss", "positive share", "nothing added", "rounds"]


@dataclass(frozen=True)
class Round:
    """One fit. The first is on people's labels alone."""

    num_added: tuple[int, ...]
    """Rows that the model before labelled and this one was fitted on, of each sentiment."""
    loss: float
    """Log loss on the validation rows, nats."""
    positive_share: float
    """Of its answers to the validation rows."""


@dataclass(frozen=True)
class SelfTrained:
    """``rows`` are those of the unlabelled that got a ``label``; none where no round helped."""

    rows: pd.DataFrame
    rounds: tuple[Round, ...]
    """In order; the last one is not kept where it ended the training."""
    stopped: Stop


def self_train(
    labelled: pd.DataFrame,
    unlabelled: pd.DataFrame,
    validation: pd.DataFrame,
    fit_and_read: FitAndRead,
    config: SelfTrainingConfig,
) -> SelfTrained:
    """Label some of ``unlabelled`` (``title``, ``text``, ``text_digest``) by models that begin with ``labelled``.

    Each round labels anew what the last kept model is sure of, fits on both, and is kept only where ``validation`` has a lower loss
    than before, and no more praise than ``max_positive_rise`` above the first model's answers; people have labelled it, and nothing
    is fitted on it. The order of rows decides nothing.
    """
    both = pd.concat([validation, unlabelled], ignore_index=True)

    def fitted(added: pd.DataFrame) -> tuple[Round, Floats]:
        read = fit_and_read(pd.concat([labelled, added], ignore_index=True), both)
        known, new = read[: len(validation)], read[len(validation) :]
        loss = log_loss(validation["label"], known)
        counts = tuple(np.bincount(added["label"], minlength=len(SENTIMENTS)).tolist())
        return Round(counts, loss, float((known.argmax(axis=1) == POSITIVE).mean())), new

    kept = unlabelled.iloc[:0].assign(label=pd.Series(dtype="int64"))
    best, read = fitted(kept)
    first, rounds = best, [best]
    stopped: Stop = "rounds"
    for _ in range(config.max_rounds):
        added = _chosen(labelled, unlabelled, read, config)
        if added.empty or set(added.index) == set(kept.index):
            stopped = "nothing added"
            break
        found, new = fitted(added)
        rounds.append(found)
        if not found.loss < best.loss:
            stopped = "loss"
            break
        if found.positive_share > first.positive_share + config.max_positive_rise:
            stopped = "positive share"
            break
        kept, best, read = added, found, new
    return SelfTrained(kept, tuple(rounds), stopped)


def _chosen(labelled: pd.DataFrame, unlabelled: pd.DataFrame, read: Floats, config: SelfTrainingConfig) -> pd.DataFrame:
    """What the model is sure of: of each sentiment the surest, at most ``max_growth`` times as many as people labelled; and no
    more praise than its share among people's labels and ``max_positive_rise`` on top allow."""
    answers, sure = read.argmax(axis=1), read.max(axis=1)
    thresholds = {str(name): least for name, least in config.thresholds.items()}
    places: dict[int, np.ndarray] = {}
    for label, name in enumerate(SENTIMENTS):
        mine = np.flatnonzero((answers == label) & (sure >= thresholds[name]))
        order = np.lexsort((unlabelled["text_digest"].to_numpy()[mine], -sure[mine]))
        places[label] = mine[order][: int(config.max_growth * (labelled["label"] == label).sum())]
    counts = np.bincount(labelled["label"], minlength=len(SENTIMENTS))
    allowed = counts[POSITIVE] / counts.sum() + config.max_positive_rise
    others = counts.sum() - counts[POSITIVE] + sum(len(mine) for label, mine in places.items() if label != POSITIVE)
    most = int(allowed * others / (1 - allowed)) if allowed < 1 else len(unlabelled)
    places[POSITIVE] = places[POSITIVE][: max(most - int(counts[POSITIVE]), 0)]
    chosen = np.sort(np.concatenate(list(places.values())))
    return unlabelled.iloc[chosen].assign(label=answers[chosen].astype("int64"))
