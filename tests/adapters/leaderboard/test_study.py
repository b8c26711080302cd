"""Trials that several workers share: none is added by a retry, none stays open, and a seed gives the same ones."""

import math
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from optuna.trial import TrialState

from reviewloop.adapters.leaderboard import study
from reviewloop.errors import ConfigError
from reviewloop.models.learners.protocol import OneOf, Space, Span

ROOT = Path(__file__).resolve().parents[3]
SPACE: Space = {"c": Span(1.0, 0.1, 10.0, log=True), "n": Span(2, 1, 5, whole=True), "many": OneOf(True, (True, False))}
OWN = {"c": 1.0, "n": 2, "many": True}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "settings", lambda: SimpleNamespace(search_url="", work_dir=tmp_path))
    return tmp_path


def worth(found: dict) -> float:
    return 1 - abs(math.log10(found["c"] / 3)) - abs(found["n"] - 4) / 10


def searched(store, name: str, seed: int, num: int = 8) -> list[dict]:
    study.plan(store, name, OWN, num, 1e12)
    found = []
    for number in range(num):
        trial = study.take(store, name, number, seed)
        found.append(study.suggest(trial, SPACE))
        study.complete(trial, worth(found[-1]))
    return found


def states(store, name: str) -> list[str]:
    return [one.state.name for one in store.get_all_trials(store.get_study_id_from_name(name))]


def test_a_seed_gives_the_same_trials_in_sequence_whatever_the_leaderboard(place):
    store = study.storage()
    first, again, other = (searched(store, f"{key}/kind/0", seed) for key, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert first == again
    assert first[0] == other[0] == OWN, "the kind's own settings come first"
    assert first[1:] != other[1:]
    assert len({str(one) for one in first}) > 4
    found = study.found(store, "a/kind/0")
    assert found.settings == max(first, key=worth)
    assert (found.own, found.ended) == (pytest.approx(worth(OWN)), {"complete": 8})


def test_who_plans_again_adds_no_trial_and_who_is_tried_again_goes_on_with_its_own(place):
    store = study.storage()
    for _ in range(2):
        study.plan(store, "a/kind/0", OWN, 3, 1e12)
    first = study.suggest(study.take(store, "a/kind/0", 1, 7), SPACE)  # and its worker is killed
    again = study.take(study.storage(), "a/kind/0", 1, 7)
    assert study.suggest(again, SPACE) == first
    study.complete(again, 0.5)
    assert study.take(store, "a/kind/0", 1, 7) is None, "what has ended is not done again"
    assert states(store, "a/kind/0") == ["WAITING", "COMPLETE", "WAITING"]


def test_a_mark_that_is_none_never_counts(place):
    store = study.storage()
    study.plan(store, "a/kind/0", OWN, 2, 1e12)
    study.take(store, "a/kind/0", 0, 1)
    study.fail(store, "a/kind/0", 0, "ValueError: no")
    study.fail(store, "a/kind/0", 0, "a later word")
    pruned = study.take(store, "a/kind/0", 1, 1)
    pruned.report(0.9, 0)
    study.prune(pruned)
    found = study.found(store, "a/kind/0")
    assert (found.settings, found.mark, found.own) == ({}, None, None)
    assert (found.ended, found.reasons) == ({"fail": 1, "pruned": 1}, ("ValueError: no",))


def test_no_trial_stays_open_for_ever(place):
    store = study.storage()
    for name, until in (("old/kind/0", 10.0), ("now/kind/0", 1e12)):
        study.plan(store, name, OWN, 2, until)
        study.take(store, name, 0, 1)  # and its worker is killed
    assert study.close_left_behind(study.storage(), 11.0) == 1
    assert states(store, "old/kind/0") == ["FAIL", "FAIL"]
    assert states(store, "now/kind/0") == ["RUNNING", "WAITING"], "its run may be at work"
    assert study.close_left_behind(study.storage(), 11.0) == 0
    study.close(store, ["now/kind/0"], "its task ended without it")
    assert study.found(store, "now/kind/0").reasons == ("its task ended without it",)


def test_who_plans_a_study_again_that_was_closed_opens_it_with_time_of_its_own(place):
    store = study.storage()
    study.plan(store, "a/kind/0", OWN, 1, 10.0)
    assert study.close_left_behind(store, 11.0) == 1
    study.plan(store, "a/kind/0", OWN, 2, 100.0)
    assert study.close_left_behind(store, 99.0) == 0
    assert states(store, "a/kind/0") == ["FAIL", "WAITING"]
    assert study.close_left_behind(store, 101.0) == 1
    assert states(store, "a/kind/0") == ["FAIL", "FAIL"]


def test_what_has_ended_stays_as_it_ended_whoever_comes_late(place, monkeypatch):
    store = study.storage()
    study.plan(store, "a/kind/0", OWN, 3, 1e12)
    late = [study.take(store, "a/kind/0", number, 1) for number in range(3)]
    seen_open = study._trials(store, "a/kind/0")
    for number in range(3):
        study.fail(store, "a/kind/0", number, "timed out")
    study.complete(late[0], 0.9)
    study.prune(late[1])
    with monkeypatch.context() as patch:
        patch.setattr(study, "_trials", lambda *_: seen_open)
        study.fail(store, "a/kind/0", 2, "a later word")
    found = study.found(store, "a/kind/0")
    assert (found.mark, found.ended, found.reasons) == (None, {"fail": 3}, ("timed out",))


def test_who_reads_the_file_keeps_nobody_from_writing_and_who_writes_is_waited_for(place, monkeypatch):
    monkeypatch.setattr(study, "WAIT_SECONDS", 5)
    store = study.storage()
    study.plan(store, "a/kind/0", OWN, 1, 1e12)
    file, begun, writing = place / "search" / "studies.db", time.monotonic(), threading.Event()
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select * from trials").fetchall()
        study.fail(store, "a/kind/0", 0, "while another reads")
    assert time.monotonic() - begun < study.WAIT_SECONDS

    def write() -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as writer:
            writer.execute("begin immediate")
            writing.set()
            time.sleep(1)

    other = threading.Thread(target=write)
    other.start()
    writing.wait()
    study.plan(store, "b/kind/0", OWN, 1, 1e12)
    other.join()
    assert [states(store, f"{key}/kind/0") for key in "ab"] == [["FAIL"], ["WAITING"]]


WORKER = """
import sys
from reviewloop.adapters.leaderboard import study
from tests.adapters.leaderboard.test_study import SPACE, worth
store = study.storage()
for number in range(int(sys.argv[1]), 16, 2):
    for part in range(3):
        trial = study.take(store, f"a/kind/{part}", number, 1)
        found = study.suggest(trial, SPACE)
        for fold in range(3):
            trial.report(worth(found), fold)
            trial.should_prune()
        study.complete(trial, worth(found))
"""


@pytest.mark.slow
def test_two_workers_on_one_file_do_not_lock_each_other_out(place, monkeypatch):
    monkeypatch.setenv("REVIEWLOOP_SEARCH_URL", f"sqlite:///{place}/studies.db")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'include'}:{ROOT}")
    monkeypatch.setattr(study, "settings", lambda: SimpleNamespace(search_url=f"sqlite:///{place}/studies.db", work_dir=place))
    store = study.storage()
    for part in range(3):
        study.plan(store, f"a/kind/{part}", OWN, 16, 1e12)
    both = [subprocess.Popen([sys.executable, "-c", WORKER, str(first)], stderr=subprocess.PIPE) for first in (0, 1)]
    assert [(one.communicate()[1].decode()[-500:], one.returncode) for one in both] == [("", 0), ("", 0)]
    for part in range(3):
        assert states(store, f"a/kind/{part}") == [TrialState.COMPLETE.name] * 16


def test_a_store_that_workers_cannot_share_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(study, "settings", lambda: SimpleNamespace(search_url="mysql://x", work_dir=tmp_path))
    with pytest.raises(ConfigError, match="REVIEWLOOP_SEARCH_URL: mysql: no such store; allowed: postgresql"):
        study.storage()
