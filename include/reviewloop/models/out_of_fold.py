"""What a model says of texts that it has not been trained on: each is read by the model of the other folds."""

from collections.abc import Sequence

import numpy as np

from reviewloop.config import BaselineConfig
from reviewloop.core.dataset.splits import fraction
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import Floats, Ints


def out_of_fold(
    texts: Sequence[str], labels: Ints, digests: Sequence[str], config: BaselineConfig, num_folds: int, seed: int
) -> Floats:
    """Probabilities (n, 3) by the baseline, in seconds. The digest decides the fold, so that one text is in one fold.

    Classes are made equal, as for the baseline. A fold whose others lack a class gives it 0.
    """
    from reviewloop.models import baseline

    folds = np.array([int(fraction(digest, "fold") * num_folds) for digest in digests])
    probabilities = np.zeros((len(texts), len(SENTIMENTS)))
    words = np.array(texts, dtype=object)
    for fold in range(num_folds):
        held_out, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        if not len(held_out):
            continue
        counts = np.bincount(labels[others], minlength=len(SENTIMENTS))
        fitted = baseline.fit(
            words[others].tolist(), labels[others], len(others) / (np.count_nonzero(counts) * counts[labels[others]]),
            ngram_max=config.ngram_max, min_df=config.min_df, max_features=config.max_features, c=config.c, seed=seed,
        )  # fmt: skip
        probabilities[held_out] = baseline.predict_proba(fitted, words[held_out].tolist(), len(SENTIMENTS))
    return probabilities
