"""Reviews without stars join the training part, labelled by functions or by a model, where that is configured."""

import logging
from collections.abc import Mapping

import numpy as np
import pandas as pd

from reviewloop.adapters.labels.functions import load_functions
from reviewloop.adapters.labels.unrated import unrated_reviews
from reviewloop.config import Config
from reviewloop.core.dataset.snapshots import Snapshot
from reviewloop.core.dataset.splits import first_future_day
from reviewloop.core.weak.combine import combine, prior_of
from reviewloop.core.weak.functions import votes_of
from reviewloop.core.weak.self_training import self_train
from reviewloop.core.weak.table import UNLABELLED
from reviewloop.core.weak.unrated import usable, with_labels_of
from reviewloop.models.refitted import refitted

log = logging.getLogger(__name__)


def label_unrated(snapshot: Snapshot, unrated: pd.DataFrame, config: Config) -> Snapshot:
    """The snapshot with what of ``unrated`` the functions label, and then a model, in its training part; see ``config.labels``."""
    split, labels = config.features.split, config.labels
    rows = usable(unrated, snapshot, split.validation, split.test, config.features.near_duplicate_jaccard)
    if labels.weak.enabled and len(rows):
        found = _by_functions(snapshot.parts["train"], rows, config)
        heard = found != UNLABELLED
        snapshot = with_labels_of(snapshot, rows[heard].assign(label=found[heard]), "weak")
        log.info("%d of %d unrated reviews are labelled by functions", heard.sum(), len(rows))
        rows = rows[~heard].reset_index(drop=True)
    if labels.self_training.enabled and len(rows):
        train, validation = snapshot.parts["train"], snapshot.parts["validation"]
        reader = refitted(config.training.baseline, config.training.seed)
        taught = self_train(train, rows, validation, reader, labels.self_training)
        snapshot = with_labels_of(snapshot, taught.rows, "self")
        log.info("%d of %d unrated reviews are labelled by a model, ended by: %s", len(taught.rows), len(rows), taught.stopped)
    return snapshot


def wanted(batches: Mapping[str, str], config: Config) -> pd.DataFrame | None:
    """The unrated reviews of these batches; None where nothing is configured that could label them."""
    if not (config.labels.weak.enabled or config.labels.self_training.enabled):
        return None
    future = config.features.split.future_days  # the days of an exam are not learnt from, unrated ones neither
    until = first_future_day(max(batches), future) if future else None
    return unrated_reviews({day: batch for day, batch in batches.items() if until is None or day < until}, config.contract)


def _by_functions(train: pd.DataFrame, rows: pd.DataFrame, config: Config) -> "np.ndarray":
    """A label for each of ``rows``, or ``UNLABELLED``; the rated rows of ``train`` say how the votes are best combined."""
    both = pd.concat([train, rows], ignore_index=True)
    titles = both["title"].astype(object).where(both["title"].notna(), None).tolist()
    votes = votes_of(load_functions(config.contract.name), titles, both["text"].tolist())
    known = np.append(train["label"].to_numpy(dtype=np.int64), np.full(len(rows), UNLABELLED))
    combined = combine(votes, known, prior_of(known), config.labels.weak)
    return combined.labels(config.labels.weak.min_share)[len(train) :]
