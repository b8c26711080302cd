import os
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from reviewloop.adapters.lake import scratch
from reviewloop.adapters.lake.frames import ParquetFile
from reviewloop.errors import TransientError
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


@pytest.mark.parametrize("write", [lambda path: path.write_bytes(b"x"), lambda path: _parquet(path)], ids=["bytes", "parquet"])
def test_a_disk_that_fills_is_one_clear_error_and_leaves_nothing(work: Path, write: Callable[[Path], object]) -> None:
    def step() -> None:
        with scratch.scratch("parse") as folder:
            (folder / "accepted").symlink_to("/dev/full")  # the kernel's own full disk
            write(folder / "accepted")

    with pytest.raises(TransientError, match=r"^parse: no room left under .*scratch \(.* GB free\).*REVIEWLOOP_WORK_DIR") as told:
        step()
    assert "\n" not in str(told.value)
    assert list((work / "scratch").iterdir()) == []


def _parquet(path: Path) -> None:
    with ParquetFile(path, {"n": "int64"}) as file:
        file.write(pd.DataFrame({"n": range(1000)}))


def test_another_fault_of_a_step_stays_what_it_is(work: Path) -> None:
    with pytest.raises(FileNotFoundError), scratch.scratch("parse") as folder:
        (folder / "none").read_bytes()


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
