"""Every kind learns, answers with probabilities, says the same twice, and does not look at what it has not been given."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from reviewloop.core.leaderboard.row import require_probabilities
from reviewloop.models.learners.protocol import Learner
from reviewloop.models.learners.table import LEARNERS

SAYS = (["fell apart at once", "awful scratchy seams", "sent it back"], ["it is fine", "so so", "not sure about it"],
        ["love this dress", "so soft and pretty", "perfect fit"])  # fmt: skip
MORE = ["with my jeans", "for the office", "in blue", "on a warm day", "as a gift"]
NAMES = [learner.name for learner in LEARNERS]


@cache
def reviews() -> pd.DataFrame:
    """240 that their words give away; the last 60 are held out."""
    rng = np.random.default_rng(3)
    labels = rng.choice(3, 240, p=[0.3, 0.2, 0.5])
    texts = [f"{SAYS[label][rng.integers(3)]} {MORE[rng.integers(5)]} {MORE[rng.integers(5)]}" for label in labels]
    titles = [None if place % 2 else "My review" for place in range(240)]
    return pd.DataFrame({"title": titles, "text": texts, "label": labels})


@cache
def seen(represented: str, represent: object) -> np.ndarray:
    learner = next(one for one in LEARNERS if one.represent is represent)
    return learner.represent(reviews())


def answers(learner: Learner, labels: np.ndarray, seed: int = 1) -> np.ndarray:
    rows = seen(learner.represented, learner.represent)
    times = 10 if learner.name == "bag of n-grams" else 1  # 180 rows are three of its steps
    known = np.tile(np.arange(180), times)
    fitted = learner.fit(rows[known], labels[known], np.ones(len(known)), seed)
    assert fitted.num_bytes() > 0
    return require_probabilities(fitted.read(rows[180:]), 60)


def test_the_names_are_each_ones_own_and_the_simplest_stands_first():
    assert len(set(NAMES)) == len(NAMES) == 8
    assert NAMES[0] == "majority"
    assert NAMES.index("TF-IDF + LR") < NAMES.index("boosted trees") < NAMES.index("frozen encoder, mean")


@pytest.mark.parametrize("learner", LEARNERS, ids=NAMES)
def test_it_learns_from_the_known_rows_and_from_nothing_else(learner: Learner):
    labels = reviews()["label"].to_numpy(dtype=np.int64)
    found = answers(learner, labels)
    right = (found.argmax(axis=1) == labels[180:]).mean()
    if learner.name == "majority":
        assert np.allclose(found, np.bincount(labels[:180]) / 180), "the shares of the known rows"
    else:
        assert right > 0.9
    others = np.concatenate([labels[:180], (labels[180:] + 1) % 3])
    assert np.array_equal(found, answers(learner, others)), "the held-out labels have no say, and twice is the same"


def test_the_weights_count_where_a_kind_takes_them():
    labels = reviews()["label"].to_numpy(dtype=np.int64)
    rare = np.where(labels[:180] == 1, 20.0, 0.5)
    for name in ("linear SVM", "TF-IDF + LR", "bag of n-grams"):
        learner = LEARNERS[NAMES.index(name)]
        rows = seen(learner.represented, learner.represent)
        plain, weighed = (learner.fit(rows[:180], labels[:180], weights, 1).read(rows[180:]) for weights in (np.ones(180), rare))
        assert weighed[:, 1].mean() > plain[:, 1].mean(), name


def test_the_two_vectors_of_the_encoder_are_the_first_token_and_the_mean_without_padding():
    learner = LEARNERS[NAMES.index("frozen encoder, mean")]
    alone = learner.represent(reviews().iloc[[0]])
    together = seen(learner.represented, learner.represent)
    assert together.shape == (240, 2, 384)
    assert np.abs(alone[0] - together[0]).max() < 0.05, "what stands beside a text and how far it is padded say nothing"
    assert np.abs(together[0, 0] - together[0, 1]).max() > 0.1
