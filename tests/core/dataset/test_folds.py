"""Near copies are never parted, and no row is read by a model that has seen it."""

import numpy as np
import pandas as pd
import pytest

from reviewloop.core.dataset.folds import folds_of, near_copy_groups, out_of_fold, require_every_sentiment
from reviewloop.core.texts import text_digest
from reviewloop.errors import PermanentError

COPY = "this dress is soft and warm and i wear it every single day at work"
TEXTS = [COPY, COPY + " now", COPY + " now too", "a thin shirt that went back at once", "no"]
DIGESTS = [text_digest(text) for text in TEXTS]


def test_near_copies_of_near_copies_are_one_group():
    groups = near_copy_groups(TEXTS, 0.8)
    assert len(set(groups[:3])) == 1
    assert len(set(groups)) == 3
    assert len(near_copy_groups([], 0.8)) == 0
    assert len(set(near_copy_groups(["a", "a"], 0.8))) == 2, "a text of fewer than three words is near to none"


def test_a_group_is_in_one_fold_whatever_the_order_and_whatever_is_new():
    groups = near_copy_groups(TEXTS, 0.8)
    folds = dict(zip(DIGESTS, folds_of(DIGESTS, groups, 5), strict=True))
    assert len({folds[digest] for digest in DIGESTS[:3]}) == 1
    order = [4, 2, 0, 3, 1]
    shuffled = folds_of([DIGESTS[place] for place in order], groups[order], 5)
    assert [folds[DIGESTS[place]] for place in order] == shuffled.tolist()
    more = [*DIGESTS, text_digest("something new")]
    assert folds_of(more, [*groups, 99], 5)[:5].tolist() == [folds[digest] for digest in DIGESTS]


def test_folds_are_of_like_size():
    digests = [text_digest(f"text {place}") for place in range(5000)]
    counts = np.bincount(folds_of(digests, np.arange(5000), 5), minlength=5)
    assert counts.min() > 900


def test_every_row_is_read_by_a_model_of_the_others():
    rows = pd.DataFrame({"label": np.arange(60) % 3, "name": range(60)})
    folds = np.arange(60) // 20

    def fit_and_read(known, unknown):
        assert set(known["name"]).isdisjoint(unknown["name"])
        assert len(known) + len(unknown) == 60
        return np.eye(3)[unknown["label"]]

    assert np.array_equal(out_of_fold(rows, folds, fit_and_read), np.eye(3)[rows["label"]])


def test_a_sentiment_in_one_fold_alone_cannot_be_judged():
    require_every_sentiment(np.array([0, 1, 2, 0, 1, 2]), np.array([0, 0, 0, 1, 1, 1]))
    with pytest.raises(PermanentError, match="no negative row outside fold 0"):
        require_every_sentiment(np.array([0, 1, 2, 2]), np.array([0, 1, 1, 0]))
