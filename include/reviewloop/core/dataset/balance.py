"""Class balance of the training part. Validation and test keep the classes as they come: metrics are of the real world.

All modes aim at the same target, a class counts in proportion to ``share ** (1 - power)``: power 0 leaves the classes as
they are, 1 makes them equal.
"""

from typing import Literal

import numpy as np
import pandas as pd

from reviewloop.core.dataset.splits import fraction

Balance = Literal["weight", "oversample", "undersample", "none"]


def class_weights(labels: "pd.Series[int]", power: float, stands_for: "pd.Series[float] | None" = None) -> dict[int, float]:
    """Weight of each class: ``share ** -power``, scaled so that the mean over the rows is 1. ``stands_for``: see ``balanced``."""
    masses = labels.groupby(labels).size() if stands_for is None else stands_for.groupby(labels).sum()
    shares = masses / masses.sum()
    raw = shares**-power
    weights = raw / (raw * shares).sum()
    return dict(zip(weights.index.astype(int).tolist(), weights.tolist(), strict=True))


def balanced(train: pd.DataFrame, mode: Balance, power: float) -> pd.DataFrame:
    """The training rows with their ``weight`` (float, mean 1), repeated or left out as ``mode`` says, in their old order.

    ``train`` needs ``label`` and ``text_digest``. Which rows are repeated or left out is a hash of the text, no draw. Rows of a
    sample weigh as many as they stand for: classes are weighed by what was there, not by what was taken.
    """
    stands_for = train["sampling_weight"] if "sampling_weight" in train else pd.Series(1.0, index=train.index)
    if mode in ("weight", "none"):
        weights = class_weights(train["label"], power if mode == "weight" else 0.0, stands_for)
        return train.assign(weight=train["label"].map(weights).astype(float) * stands_for)
    counts = train["label"].value_counts()
    whole = counts.max() if mode == "oversample" else counts.min()  # the class that keeps each row exactly once
    copies = pd.Series(0, index=train.index)
    for label, count in counts.items():
        rows = train.index[train["label"] == label]
        target = round(count * (whole / count) ** power)
        order = np.argsort([fraction(digest, "balance") for digest in train.loc[rows, "text_digest"]], kind="stable")
        copies[rows] = target // count
        copies[rows[order[: target % count]]] += 1
    repeated = train.loc[train.index.repeat(copies)].reset_index(drop=True)
    weights_of = stands_for.loc[stands_for.index.repeat(copies)].to_numpy()
    return repeated.assign(weight=weights_of / weights_of.mean())
