"""Do made training rows help? The baseline with and without them, on real reviews that neither saw.

``make study-augmentation CSV=FILE``: cross-validation over the train and validation part (the sealed part is not read), macro-F1
paired on the same rows. What it prints is what ``features.augmentation.gain`` asks for.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from reviewloop.config import Config, load_config
from reviewloop.config.augmentation import AugmentationConfig, GainConfig, Operation
from reviewloop.core.dataset.augmentation import augmented
from reviewloop.core.dataset.splits import fraction
from reviewloop.core.statistics.bootstrap import Difference, macro_f1_difference
from reviewloop_local.studies.challengers import answers, fit, read_snapshot

NUM_FOLDS: Final = 5
NUM_RESAMPLES: Final = 2000
_TRIED: Final = GainConfig(delta=1, low=1, high=1, num_rows=1)
"""A study may try what has no evidence yet; a configuration may not."""


class Variant(NamedTuple):
    """Operations on a share of the rows of some sentiments."""

    name: str
    operations: tuple[Operation, ...]
    sentiments: tuple[str, ...]


EVERY: Final = ("negative", "neutral", "positive")
RARE: Final = ("negative", "neutral")
VARIANTS: Final = (
    Variant("drop, all", ("drop",), EVERY),
    Variant("typo, all", ("typo",), EVERY),
    Variant("order, all", ("order",), EVERY),
    Variant("all three, all", ("drop", "typo", "order"), EVERY),
    Variant("all three, rare", ("drop", "typo", "order"), RARE),
)


class Outcome(NamedTuple):
    """Rows made and refused over all folds, and macro-F1 with them minus without."""

    num_made: int
    num_refused: int
    gain: Difference
    num_rows: int


def folds(rows: pd.DataFrame) -> np.ndarray:
    """The fold of each row, by its text."""
    return np.array([int(fraction(digest, "augmentation fold") * NUM_FOLDS) for digest in rows["text_digest"]])


def study(rows: pd.DataFrame, config: Config, variants: Sequence[Variant] = VARIANTS, share: float = 1.0) -> dict[str, Outcome]:
    """Every variant by name. Each fold's made rows are of its training rows alone, and none is near one of its held-out texts."""
    fold_of, seed = folds(rows), config.training.seed
    without = np.zeros(len(rows), dtype=np.int64)
    answered = {variant.name: np.zeros(len(rows), dtype=np.int64) for variant in variants}
    num_made, num_refused = (dict.fromkeys(answered, 0) for _ in range(2))
    for fold in range(NUM_FOLDS):
        out = fold_of == fold
        train, held_out = rows[~out].reset_index(drop=True), rows[out]
        without[out] = answers(fit(train, config, seed), held_out).argmax(axis=1)
        for variant in variants:
            plan = AugmentationConfig(operations=variant.operations, share=share, sentiments=variant.sentiments, gain=_TRIED)
            made, refused = augmented(train, held_out["text"].tolist(), plan, config.features.near_duplicate_jaccard)
            whole = pd.concat([train, made], ignore_index=True)
            answered[variant.name][out] = answers(fit(whole, config, seed), held_out).argmax(axis=1)
            num_made[variant.name] += len(made)
            num_refused[variant.name] += refused
    labels = rows["label"].to_numpy()
    return {
        name: Outcome(
            num_made[name], num_refused[name], macro_f1_difference(labels, found, without, NUM_RESAMPLES, seed), len(rows)
        )
        for name, found in answered.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; returns 0, for no result is wrong."""
    parser = argparse.ArgumentParser(prog="make study-augmentation", description=__doc__)
    parser.add_argument("--csv", type=Path, help="a review file with Kaggle's columns; without it, made-up sample reviews")
    chosen = parser.parse_args(arguments)
    if chosen.csv and not chosen.csv.is_file():
        parser.error(f"--csv: {chosen.csv} is not a file; give the path of the review file, quoted if it holds spaces")
    parts = read_snapshot(chosen.csv).parts
    rows = pd.concat([parts["train"], parts["validation"]], ignore_index=True)
    print(f"{len(rows):,} reviews, {NUM_FOLDS} folds; macro-F1 of the baseline with made rows minus without, 95 % interval\n")
    print("| made rows | made | refused | gain | low | high | kept |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, found in study(rows, load_config()).items():
        gain, kept = found.gain, "yes" if found.gain.low > 0 else "no"
        cells = [name, f"{found.num_made:,}", f"{found.num_refused:,}"]
        print(f"| {' | '.join([*cells, *(f'{value:+.4f}' for value in (gain.delta, gain.low, gain.high)), kept])} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
