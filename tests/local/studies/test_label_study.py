"""The study's parts on rows whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from tests.helpers.weakly_labelled import truth_of, typical

from reviewloop.config import load_config
from reviewloop.core.statistics.bootstrap import Difference
from reviewloop.core.texts import text_digest
from reviewloop.core.weak.table import UNLABELLED
from reviewloop_local.studies import label_study as study

CONFIG = load_config("local")
SAYS = (["fell apart", "awful seams", "sent back"], ["it is fine", "on the fence", "so so"], ["love it", "so soft", "perfect fit"])


@pytest.fixture(scope="module")
def data() -> study.Rows:
    """2,000 made-up reviews that their words nearly give away."""
    truth, rng = truth_of(2000, seed=7), np.random.default_rng(7)
    texts = [f"{SAYS[label][rng.integers(3)]} and more, number {place}" for place, label in enumerate(truth)]
    rows = pd.DataFrame({"day": "2026-01-01", "review_id": range(2000), "title": None, "text": texts, "label": truth})
    rows["text_digest"] = rows["text"].map(text_digest)
    return study.Rows(rows, typical(truth), np.arange(2000) % 4)


def test_each_way_keeps_the_ratings_of_the_rated_rows_alone(data):
    rated = np.arange(2000) % 10 == 0
    assert len(study.only_rated(data, rated, CONFIG, 0)) == 200
    assert len(study.all_rated(data, rated, CONFIG, 0)) == 2000
    spoilt = study.Rows(data.rows.assign(label=np.where(rated, data.labels, 0)), data.votes, data.folds)
    for way in (study.with_weak, study.with_self):
        honest, blind = way(data, rated, CONFIG, 0), way(spoilt, rated, CONFIG, 0)
        assert len(honest) >= 200
        assert honest["label"].tolist() == blind["label"].tolist(), "it saw a rating that it was not given"


def test_held_out_rows_are_all_answered_and_ratings_of_all_are_worth_something(data):
    found = {one.way: one for one in study.worth(data, CONFIG, 1)}
    assert set(found) == set(study.WAYS)
    assert found[study.ONLY_RATED].difference.delta == 0
    assert found["all of them rated"].macro_f1 > 0.9
    table = study.worth_table(list(found.values()))
    assert all(way in table for way in study.WAYS)


def test_a_gain_is_told_by_its_lowest_lower_end():
    rows = [
        study.Worth(way, 10, 0.5, 0.7, Difference(delta, delta - 0.01, delta + 0.01, 0.9))
        for way in study.WAYS
        for delta in (0.02, 0.005)
    ]
    assert "| +0.013 | -0.005 |" in study.worth_table(rows) or "| +0.012 | -0.005 |" in study.worth_table(rows)


def test_planted_labels_are_found_and_the_tables_are_whole(data):
    table = study.planted_table(data, CONFIG)
    first = table.splitlines()[2].split("|")
    assert float(first[2]) > 0.5, "luck would be 0.05"
    assert len(table.splitlines()) == 4
    silent = study.of_crowd_kit(np.where(np.arange(2000)[:, np.newaxis] < 5, -1, data.votes).astype(np.int8))
    assert (silent[:5] == UNLABELLED).all()
