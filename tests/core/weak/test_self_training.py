"""A model may teach itself only what its readers profit from, and never to praise."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from reviewloop.config import load_config
from reviewloop.core.statistics.metrics import Floats
from reviewloop.core.weak.self_training import POSITIVE, self_train

CONFIG = load_config("local").labels.self_training
LABELS = np.array([0, 0, 1, 1, 2, 2, 2, 2, 2, 2])


def rows(labels: np.ndarray, name: str) -> pd.DataFrame:
    texts = [f"{name} {place}" for place in range(len(labels))]
    return pd.DataFrame({"text": texts, "text_digest": texts, "title": None, "label": labels})


LABELLED, VALIDATION = rows(LABELS, "labelled"), rows(np.tile(LABELS, 5), "validation")
UNLABELLED = rows(np.tile(LABELS, 10), "unlabelled")
"""With the right labels, which the models below may know and ``self_train`` is not given."""


def model(
    sure: Callable[[int], float], answers: Callable[[np.ndarray], np.ndarray] = lambda labels: labels
) -> Callable[..., Floats]:
    """Answers with as much certainty as ``sure`` has of the number of rows that it was fitted on."""

    def fit_and_read(known: pd.DataFrame, unknown: pd.DataFrame) -> Floats:
        truth = pd.concat([VALIDATION, UNLABELLED]).set_index("text")["label"][unknown["text"]].to_numpy()
        top = sure(len(known))
        return np.where(np.arange(3) == answers(truth)[:, np.newaxis], top, (1 - top) / 2)

    return fit_and_read


def unlabelled() -> pd.DataFrame:
    return UNLABELLED.drop(columns="label")


def test_what_helps_is_kept_with_its_labels_and_within_the_caps():
    found = self_train(LABELLED, unlabelled(), VALIDATION, model(lambda num: min(0.96 + num / 10_000, 0.999)), CONFIG)
    assert (found.rows["label"] == UNLABELLED.loc[found.rows.index, "label"]).all()
    counts = np.bincount(found.rows["label"], minlength=3)
    assert counts.tolist()[:2] == [4, 4], "twice what people labelled"
    assert (6 + counts[POSITIVE]) / (10 + counts.sum()) <= 0.6 + CONFIG.max_positive_rise
    assert [one.num_added for one in found.rounds[:2]] == [(0, 0, 0), tuple(counts)]
    assert found.stopped == "nothing added"


def test_a_round_that_reads_people_s_labels_worse_is_not_kept():
    found = self_train(LABELLED, unlabelled(), VALIDATION, model(lambda num: 0.99 - num / 1000), CONFIG)
    assert (found.stopped, len(found.rows), len(found.rounds)) == ("loss", 0, 2)


def test_a_model_that_begins_to_praise_is_not_kept():
    def praises(known: pd.DataFrame, unknown: pd.DataFrame) -> Floats:
        honest = model(lambda _: 0.97)(known, unknown)
        if len(known) > len(LABELLED):
            spoiled = unknown["text"].isin(["validation 0", "validation 1"]).to_numpy()
            honest = np.where(spoiled[:, np.newaxis], [0.49, 0.0, 0.51], np.where(honest > 0.5, 0.9999, 0.00005))
        return honest

    found = self_train(LABELLED, unlabelled(), VALIDATION, praises, CONFIG)
    assert found.rounds[1].loss < found.rounds[0].loss, "the loss alone would have let it pass"
    assert (found.stopped, len(found.rows)) == ("positive share", 0)


def test_praise_alone_is_never_added_beyond_three_points():
    """Of a model that is sure of praise alone, as they are where three in four reviews are praise."""
    found = self_train(
        LABELLED, unlabelled(), VALIDATION, model(lambda num: min(0.96 + num / 10_000, 0.999), np.zeros_like), CONFIG
    )
    assert set(found.rows["label"]) <= {0}
    only = self_train(
        LABELLED, unlabelled(), VALIDATION, model(lambda _: 0.97, lambda labels: np.full_like(labels, POSITIVE)), CONFIG
    )
    assert len(only.rows) == 0


def test_who_is_never_sure_adds_nothing():
    found = self_train(LABELLED, unlabelled(), VALIDATION, model(lambda _: 0.5), CONFIG)
    assert (found.stopped, len(found.rows), len(found.rounds)) == ("nothing added", 0, 1)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_decides_nothing(seed):
    reader = model(lambda num: min(0.96 + num / 10_000, 0.999))
    shuffled = unlabelled().sample(frac=1, random_state=seed)
    first, second = (self_train(LABELLED, one, VALIDATION, reader, CONFIG).rows for one in (unlabelled(), shuffled))
    assert dict(zip(first["text"], first["label"], strict=True)) == dict(zip(second["text"], second["label"], strict=True))
