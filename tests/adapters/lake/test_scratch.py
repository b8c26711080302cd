import os
import time
from pathlib import Path

import pytest

from reviewloop.adapters.lake import scratch
from reviewloop.settings import settings


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REVIEWLOOP_WORK_DIR", str(tmp_path / "work"))
    settings.cache_clear()
    return tmp_path / "work"


def aged(folder: Path, days: float) -> Path:
    folder.mkdir(parents=True)
    (folder / "a").write_bytes(b"x" * 1000)
    for path in (folder / "a", folder):
        os.utime(path, (0, time.time() - days * 86400))
    return folder


def test_a_folder_is_there_for_one_step(work: Path) -> None:
    with scratch.scratch("land") as folder:
        assert folder.is_dir()
        assert folder.name.startswith("land-")
    assert list((work / "scratch").iterdir()) == []


def test_what_a_kill_left_behind_is_gone_with_the_next_step(work: Path) -> None:
    left, running = aged(work / "scratch" / "parse-x", 3), aged(work / "scratch" / "parse-y", 1)
    with scratch.scratch("land"):
        assert not left.exists()
        assert running.exists()


def test_a_folder_that_is_written_to_is_not_old(tmp_path: Path) -> None:
    dead, alive = aged(tmp_path / "jobs" / "dead", 31), aged(tmp_path / "jobs" / "alive", 31)
    (alive / "log").write_text("step 7")
    scratch.sweep(tmp_path / "jobs", 30 * 86400)
    assert (dead.exists(), alive.exists()) == (False, True)


def test_no_more_is_evicted_than_is_needed(tmp_path: Path) -> None:
    folders = [aged(tmp_path / "kept" / str(days), days) for days in (1, 5, 3)]
    sizes = sum(path.stat().st_size for path in (folders[0], folders[0] / "a"))
    scratch.make_room(tmp_path / "kept", 2 * sizes / 1e9)
    assert [folder.exists() for folder in folders] == [True, False, True]
    scratch.make_room(tmp_path / "none", 1)  # a folder that is not there yet holds nothing
