"""Do made training rows help? The baseline with and without them, on real reviews that neither saw.

``make study-augmentation CSV=FILE``: cross-validation over the train and validation part (the sealed part is not read), macro-F1
paired on the same rows. What it prints is what ``features.augmentation.gain`` asks for.
"""

import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from reviewloop.config import Config, load_config
from reviewloop.config.features.augmentation import AugmentationConfig, GainConfig, Operation
from reviewloop.core.dataset.augmentation import augmented
from reviewloop.core.dataset.splits import fraction
from reviewloop.core.statistics.bootstrap import Difference, macro_f1_difference
from reviewloop_local.studies.arguments import Count, parser_of, read
from reviewloop_local.studies.challengers import answers, fit, read_snapshot

COUNTS: Final = {"folds": Count(5, "held out one after another", 2), "resamples": Count(2000, "of the bootstrap", 100)}
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


def folds(rows: pd.DataFrame, num_folds: int) -> np.ndarray:
    """The fold of each row, 0 to ``num_folds`` - 1, by its text."""
    return np.array([int(fraction(digest, "augmentation fold") * num_folds) for digest in rows["text_digest"]])


def study(
    rows: pd.DataFrame, config: Config, num_folds: int, num_resamples: int, variants: Sequence[Variant] = VARIANTS
) -> dict[str, Outcome]:
    """Every variant by name. Each fold's made rows are of its training rows alone, and none is near one of its held-out texts."""
    fold_of, seed = folds(rows, num_folds), config.training.seed
    without = np.zeros(len(rows), dtype=np.int64)
    answered = {variant.name: np.zeros(len(rows), dtype=np.int64) for variant in variants}
    num_made, num_refused = (dict.fromkeys(answered, 0) for _ in range(2))
    for fold in range(num_folds):
        out = fold_of == fold
        train, held_out = rows[~out].reset_index(drop=True), rows[out]
        without[out] = answers(fit(train, config, seed), held_out).argmax(axis=1)
        for variant in variants:
            plan = AugmentationConfig(operations=variant.operations, share=1.0, sentiments=variant.sentiments, gain=_TRIED)
            made, refused = augmented(train, held_out["text"].tolist(), plan, config.features.near_duplicate_jaccard)
            whole = pd.concat([train, made], ignore_index=True)
            answered[variant.name][out] = answers(fit(whole, config, seed), held_out).argmax(axis=1)
            num_made[variant.name] += len(made)
            num_refused[variant.name] += refused
    labels = rows["label"].to_numpy()
    return {
        name: Outcome(
            num_made[name], num_refused[name], macro_f1_difference(labels, found, without, num_resamples, seed), len(rows)
        )
        for name, found in answered.items()
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns 0, for no result is wrong."""
    chosen = read(parser_of("study-augmentation", str(__doc__), COUNTS, None), COUNTS, arguments)
    parts = read_snapshot(chosen.csv).parts
    rows = pd.concat([parts["train"], parts["validation"]], ignore_index=True)
    print(f"{len(rows):,} reviews, {chosen.folds} folds; macro-F1 of the baseline with made rows minus without, 95 % interval\n")
    print("| made rows | made | refused | gain | low | high | kept |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, found in study(rows, load_config(), chosen.folds, chosen.resamples).items():
        gain, kept = found.gain, "yes" if found.gain.low > 0 else "no"
        cells = [name, f"{found.num_made:,}", f"{found.num_refused:,}"]
        print(f"| {' | '.join([*cells, *(f'{value:+.4f}' for value in (gain.delta, gain.low, gain.high)), kept])} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
