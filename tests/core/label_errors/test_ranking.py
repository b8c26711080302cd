"""Planted errors stand first, also where cleanlab's users were led astray."""

import numpy as np
import pandas as pd
import pytest

from reviewloop.core.dataset.folds import out_of_fold
from reviewloop.core.label_errors.ranking import COLUMNS, flagged, ranked
from reviewloop.core.statistics.metrics import Floats

NUM_ROWS = 3000
SHARES = (0.1, 0.15, 0.75)


def planted(seed: int = 0, share: float = 0.05) -> tuple[pd.DataFrame, np.ndarray, Floats]:
    """Rows, which of them have a wrong label, and what a calibrated reader that errs like ours would say of them."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, size=NUM_ROWS, p=SHARES)
    logits = 2 * (rng.normal(0, 1, (NUM_ROWS, 3)) + 2 * np.eye(3)[truth]) + np.log(SHARES)  # Bayes' rule for these normals
    read = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    wrong = rng.random(NUM_ROWS) < share
    labels = np.where(wrong, (truth + rng.integers(1, 3, NUM_ROWS)) % 3, truth)
    texts = [f"text {place}" for place in range(NUM_ROWS)]
    rows = pd.DataFrame(
        {"day": "2026-01-02", "review_id": range(NUM_ROWS), "title": None, "text": texts, "rating": 3, "label": labels}
    )
    return rows, wrong, read


def test_planted_errors_stand_first():
    rows, wrong, read = planted()
    found = ranked(rows, read, int(wrong.sum()))
    assert list(found.columns) == list(COLUMNS)
    assert wrong[found["review_id"]].mean() > 0.5, "luck would be 0.05"
    assert found["rank"].tolist() == list(range(1, len(found) + 1))
    assert found["p_label"].is_monotonic_increasing
    assert (found["p_likeliest"] >= found["p_label"]).all()
    assert "rating" not in found, "stars are the label; the list shows what a person is to judge by"


def test_scores_of_a_model_that_weighs_classes_find_fewer():
    """cleanlab#568: uncalibrated scores. Classes weighed to be equal make praise look wrong."""
    rows, wrong, read = planted()
    weighed = read / np.array(SHARES)
    weighed /= weighed.sum(axis=1, keepdims=True)
    calibrated, equal = (wrong[ranked(rows, one, int(wrong.sum()))["review_id"]].mean() for one in (read, weighed))
    assert calibrated > equal


def test_scores_of_a_model_that_has_seen_the_labels_find_next_to_nothing():
    """cleanlab#52: in-sample scores. Who learns by heart believes every label, and so ours never reads what it has learnt."""
    rows, wrong, _ = planted()

    def by_heart(known: pd.DataFrame, unknown: pd.DataFrame) -> Floats:
        learnt = dict(zip(known["text"], known["label"], strict=True))
        guess = np.array(SHARES)
        return np.array([0.9 * np.eye(3)[learnt[text]] + 0.1 * guess if text in learnt else guess for text in unknown["text"]])

    in_sample = ranked(rows, by_heart(rows, rows), int(wrong.sum()))
    out = out_of_fold(rows, np.arange(len(rows)) % 5, by_heart)
    assert (in_sample["likeliest"] == in_sample["label"]).all()
    assert np.allclose(out, SHARES), "whatever it learnt by heart is no help for the others"


def test_the_number_that_cleanlab_flags_is_told_and_does_not_cut_the_list():
    """cleanlab#1248: what the confident joint counts depends on its thresholds; the list does not."""
    rows, wrong, read = planted()
    found = ranked(rows, read, NUM_ROWS)
    assert len(found) == NUM_ROWS
    is_flagged = flagged(rows["label"].to_numpy(), read)
    assert found["is_flagged"].sum() == is_flagged.sum()
    assert 0 < is_flagged.sum() < NUM_ROWS
    assert is_flagged[wrong].mean() > 0.5


def test_without_a_sentiment_nothing_is_flagged_and_the_list_stands():
    rows, _, read = planted()
    some = rows[rows["label"] > 0].reset_index(drop=True)
    found = ranked(some, read[rows["label"] > 0], 10)
    assert not found["is_flagged"].any()
    assert len(found) == 10


def test_rows_of_one_score_stand_in_the_order_of_day_and_id():
    rows, _, _ = planted()
    found = ranked(rows.iloc[::-1], np.full((NUM_ROWS, 3), 1 / 3), 5)
    assert found["review_id"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "spoil", [lambda read: read[:-1], lambda read: read[:, :2], lambda read: np.where(read > 0.5, np.nan, read)]
)
def test_probabilities_that_are_none_are_refused(spoil):
    rows, _, read = planted()
    with pytest.raises(ValueError, match="each needs one of each sentiment"):
        ranked(rows, spoil(read), 5)
