"""One kind in every fold."""

import json
from dataclasses import asdict
from threading import Barrier, Thread
from time import sleep

import numpy as np
import pandas as pd
import pytest
from tests.models.learners.test_table import reviews

from reviewloop.adapters.leaderboard import bounded, program
from reviewloop.adapters.leaderboard.program import Job, answer
from reviewloop.models.learners.protocol import Fitted, Learner
from reviewloop.models.learners.table import LEARNERS

ROWS = reviews().assign(fold=np.arange(240) % 3)


@pytest.mark.parametrize("name", ["naive Bayes", "linear SVM", "TF-IDF + LR", "bag of n-grams"])
def test_the_same_seed_gives_the_same_answers(name, tmp_path):
    learner = next(one for one in LEARNERS if one.name == name)
    (first, cost), (second, _) = (answer(learner, ROWS, tmp_path, 7) for _ in range(2))
    assert np.array_equal(first, second)
    assert (first.argmax(axis=1) == ROWS["label"]).mean() > 0.7, "luck would be 0.5"
    assert cost.seconds > 0
    assert cost.latency_ms > 0


def test_a_row_is_answered_by_a_model_that_has_not_seen_it(tmp_path):
    seen = []

    def fit(known, labels, weights, seed):
        assert len(known) == len(labels) == len(weights) == 160
        known = set(known.tolist())
        return Fitted(
            lambda rows: seen.append([row in known for row in rows.tolist()]) or np.full((len(rows), 3), 1 / 3), lambda: 1
        )

    rows = ROWS.assign(text=[f"text {number}" for number in range(240)])
    answer(Learner("spy", "", fit), rows, tmp_path, 1)
    assert [len(one) for one in seen[:3]] == [80, 80, 80]
    assert not any(any(one) for one in seen)


def test_each_fold_is_answered_with_what_was_chosen_without_it(tmp_path):
    taken = []

    def fit(known, labels, weights, seed, care=0.0):
        taken.append(care)
        return Fitted(lambda rows: np.full((len(rows), 3), 1 / 3), lambda: 1)

    chosen = {"all": {"care": 9.0}, "0": {"care": 1.0}, "2": {"care": 3.0}}
    answer(Learner("spy", "", fit), ROWS, tmp_path, 1, chosen)
    assert taken == [1.0, 0.0, 3.0]


def test_the_sentiments_count_the_same_as_for_the_baseline(tmp_path):
    weighed = []

    def fit(known, labels, weights, seed):
        weighed.append([weights[labels == label].sum() for label in range(3)])
        return Fitted(lambda rows: np.full((len(rows), 3), 1 / 3), lambda: 1)

    answer(Learner("spy", "", fit), ROWS, tmp_path, 1)
    assert all(np.allclose(one, one[0]) for one in weighed)


def test_what_several_kinds_see_is_computed_once_and_counted_for_each(tmp_path, monkeypatch):
    calls = []

    def represent(rows: pd.DataFrame) -> np.ndarray:
        calls.append(len(rows))
        return np.ones((len(rows), 2), dtype=np.float32)

    def fit(known, labels, weights, seed):
        return Fitted(lambda rows: np.full((len(rows), 3), 1 / 3), lambda: 1)

    clock = iter(np.arange(0.0, 1e6, 10.0))
    monkeypatch.setattr(program, "process_time", lambda: float(next(clock)))
    kinds = [Learner(name, "", fit, represent, "both") for name in ("a", "b")]
    costs = [answer(kind, ROWS, tmp_path, 1)[1] for kind in kinds]
    assert calls.count(240) == 1
    assert costs[0].seconds == costs[1].seconds == 20.0, "ten to represent, ten for the folds"


def test_of_two_processes_at_once_one_computes_what_both_see(tmp_path):
    calls, both = [], Barrier(2)

    def represent(rows: pd.DataFrame) -> np.ndarray:
        calls.append(len(rows))
        sleep(0.2)
        return np.ones((len(rows), 2), dtype=np.float32)

    def see(name: str) -> None:
        both.wait()
        program.seen_by(Learner(name, "", lambda *_: None, represent, "both"), ROWS, tmp_path)

    threads = [Thread(target=see, args=(name,)) for name in ("a", "b")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert calls == [240]


def test_answers_that_are_none_leave_a_line_and_no_result(tmp_path, monkeypatch, capsys):
    alarms = []
    monkeypatch.setattr(bounded.signal, "alarm", alarms.append)
    ROWS.to_parquet(tmp_path / "rows.parquet")
    job = Job("tests.helpers.planted_learners", "blank", str(tmp_path / "rows.parquet"), str(tmp_path), 1, 60.0)
    (tmp_path / "job.json").write_text(json.dumps(asdict(job)))
    assert program.main(["--job", str(tmp_path / "job.json")]) == 1
    assert json.loads((tmp_path / "failure.json").read_text()) == {
        "error": "ValueError: 40 of 80 answers are no probabilities: not finite"
    }
    assert {"answers.npy", "result.json"}.isdisjoint(path.name for path in tmp_path.iterdir())
    assert alarms == [61], "it ends by itself where nobody looks after it"
    assert "Traceback" in capsys.readouterr().err, "the log has the rest"
