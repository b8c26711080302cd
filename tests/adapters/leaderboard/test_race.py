"""Planted faults: none takes another with it, the budget holds, and nothing is left behind."""

import json
from pathlib import Path
from time import monotonic

import numpy as np
import pandas as pd
import psutil
import pytest
from tests.helpers import planted_learners
from tests.helpers.planted_learners import CHILD, LEARNERS

from reviewloop.adapters.leaderboard import bounded
from reviewloop.adapters.leaderboard import race as module
from reviewloop.adapters.leaderboard.program import Job
from reviewloop.adapters.leaderboard.race import deadline_of, race
from reviewloop.core.digests import file_digest
from reviewloop.core.leaderboard.board import Entry
from reviewloop.models.learners.protocol import Learner

ROOT = Path(__file__).resolve().parents[3]
TABLE = "tests.helpers.planted_learners"
BUDGET = 6.0
"""Seconds of two kinds that hang."""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("rows") / "rows.parquet"
    labels = np.arange(60) % 3
    texts = [f"text {number}" for number in range(60)]
    pd.DataFrame({"title": None, "text": texts, "label": labels, "fold": np.arange(60) // 30}).to_parquet(place)
    return place


@pytest.fixture(scope="module")
def raced(rows: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Entry], int, int, list[str]]:
    """What became of each, the hanging one's child, that of ``blank``, and what was said."""
    folder = tmp_path_factory.mktemp("race")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{ROOT / 'include'}:{ROOT}")
        patch.setenv(CHILD, str(folder / "child"))
        # However slow this machine is: the time is up when the hanging one hangs.
        for one in (module, bounded):
            patch.setattr(one, "monotonic", lambda: monotonic() + (1e4 if (folder / "child").exists() else 0.0))
        said: list[str] = []
        found = race(LEARNERS, rows, folder / "kinds", monotonic() + 1e3, 1, TABLE, said.append)
        hung, left_behind = (int((folder / name).read_text()) for name in ("child", "child.blank"))
        return {one.kind: one for one in found}, hung, left_behind, said


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.slow
def test_what_raises_is_named_in_one_line(raced):
    assert (raced[0]["raises"].state, raced[0]["raises"].reason) == ("failed", "RuntimeError: the planted fault")
    assert any("Traceback" in line and "and a second line" in line for line in raced[3]), "who runs it sees the rest"


@pytest.mark.slow
def test_nan_is_a_failure_and_no_answer(raced):
    blank = raced[0]["blank"]
    assert (blank.state, blank.answers) == ("failed", None)
    assert blank.reason == "ValueError: 15 of 30 answers are no probabilities: not finite"


@pytest.mark.slow
def test_what_is_killed_from_outside_is_a_failure(raced):
    assert (raced[0]["dies"].state, raced[0]["dies"].reason) == ("failed", "it was killed before it had a result")


@pytest.mark.slow
def test_the_others_are_answered_all_the_same(raced):
    good = raced[0]["good"]
    assert good.state == "done"
    assert np.allclose(good.answers, 1 / 3)
    assert good.cost.seconds >= 0
    assert good.cost.num_bytes == 24


@pytest.mark.slow
def test_what_hangs_is_ended_with_its_children_and_nothing_begins_after_the_time(raced):
    entries, child, _, said = raced
    assert entries["hangs"].state == "timed out"
    assert entries["hangs"].reason.startswith("after ")
    assert entries["late"].state == "timed out"
    assert entries["late"].reason == "not begun: the budget was used up"
    assert not lives(child)
    assert [one.split(":")[0] for one in said if "\n" not in one] == [one.name for one in LEARNERS]


@pytest.mark.slow
def test_the_budget_holds_whatever_hangs(rows, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'include'}:{ROOT}")
    hanging = [Learner("hangs", "", planted_learners.hang)] * 2
    begun = monotonic()
    found = race(hanging, rows, tmp_path / "kinds", deadline_of(begun, BUDGET), 1, TABLE)
    assert [one.state for one in found] == ["timed out"] * 2
    assert all(one.reason.startswith("after ") for one in found), "none takes the share of those behind it"
    assert 0.7 * BUDGET < monotonic() - begun < 1.1 * BUDGET


@pytest.mark.slow
def test_what_a_kind_leaves_running_ends_with_it(raced):
    assert not lives(raced[2])


def test_who_is_interrupted_leaves_nothing_running(rows, tmp_path, monkeypatch):
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'include'}:{ROOT}")
    monkeypatch.setattr(bounded, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        race(LEARNERS[:1], rows, tmp_path / "kinds", monotonic() + 60, 1, TABLE)
    assert module.process.state(tmp_path / "kinds" / "00") == "failed"
    assert module.process.failure(tmp_path / "kinds" / "00") == module.process.CANCELLED


def test_the_budget_leaves_time_for_what_comes_behind_the_kinds():
    assert deadline_of(100.0, 600.0) == 695.0
    assert deadline_of(100.0, 6.0) == 105.0


def test_no_time_begins_nothing(rows, tmp_path):
    (found,) = race(LEARNERS[3:4], rows, tmp_path / "kinds", monotonic() - 1, 1, TABLE)
    assert (found.state, found.reason) == ("timed out", "not begun: the budget was used up")
    assert not (tmp_path / "kinds" / "00").exists()


ANSWERS = np.full((60, 3), 1 / 3)


def left(folder: Path, answers: np.ndarray = ANSWERS, digest: str = "", cut: int = 0, result: bool = True) -> None:
    np.save(folder / "answers.npy", answers)
    if cut:
        data = (folder / "answers.npy").read_bytes()
        (folder / "answers.npy").write_bytes(data[:cut])
    if result:
        cost = {"seconds": 1.0, "num_bytes": 1, "latency_ms": 1.0}
        told = {"digest": digest or file_digest(folder / "answers.npy"), "cost": cost}
        (folder / "result.json").write_text(json.dumps(told))


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ({"result": False}, "killed before it had a result"),
        ({"cut": 300}, "ValueError"),
        ({"digest": "0" * 64}, "not what its process wrote"),
        ({"answers": np.where(ANSWERS > 0, np.nan, 0.0)}, "not finite"),
        ({"answers": ANSWERS[:-1]}, "59x3; probabilities of 60x3 are expected"),
        ({"answers": np.array([{"a": 1}], dtype=object)}, "Object arrays cannot be loaded"),
    ],
)
def test_half_a_result_or_another_one_is_never_read(rows, tmp_path, monkeypatch, what, why):
    monkeypatch.setattr(module.process, "start_or_reconnect", lambda folder, *_: left(folder, **what))
    learner = Learner("a", "", planted_learners.fail)
    (found,) = race([learner], rows, tmp_path / "kinds", monotonic() + 60, 1, TABLE)
    assert found.state == "failed"
    assert found.answers is None
    assert why in found.reason


def test_what_was_done_in_time_is_read_though_its_task_comes_late(rows, tmp_path):
    left(tmp_path)
    job = Job(TABLE, "raises", str(rows), str(tmp_path), 1, 60.0)
    found = module.tried(Learner("raises", "", planted_learners.fail), job, tmp_path, -1.0, 60)
    assert found.state == "done"


def test_a_whole_result_is_read(rows, tmp_path, monkeypatch):
    monkeypatch.setattr(module.process, "start_or_reconnect", lambda folder, *_: left(folder))
    (found,) = race([Learner("a", "", planted_learners.fail)], rows, tmp_path / "kinds", monotonic() + 60, 1, TABLE)
    assert found.state == "done"
