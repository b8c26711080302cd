"""This machine by itself: a launcher of several processes that is killed."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewloop.adapters.jobs import process as jobs
from reviewloop.adapters.jobs import program
from reviewloop.adapters.jobs.backends.local import LocalBackend
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.errors import ConfigError

pytestmark = pytest.mark.contract


def until(true: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_processes_that_outlive_their_launcher_never_train_beside_those_of_the_next_start(
    make_spec: Callable[..., JobSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "num_gpus_here", lambda: 2)  # two processes then, which meet on the processor here
    backend, spec, folder = LocalBackend(tmp_path / "jobs"), make_spec("two", epochs=2), tmp_path / "jobs" / "two"
    backend.submit(spec)
    until(lambda: list((folder / "checkpoints").glob("step-*")))
    first = {process.pid for process in jobs._members(folder)}
    assert len(first) >= 3, "the launcher and its two"
    os.kill(int((folder / jobs.PID).read_text()), signal.SIGKILL)
    until(lambda: backend.status("two") == "lost")

    backend.submit(spec)

    assert not first & {process.pid for process in jobs._members(folder)}
    until(lambda: backend.status("two") != "running")
    assert backend.status("two") == "succeeded", backend.logs("two")
    assert "resumed from step" in backend.logs("two", 1000)


def test_more_gpus_than_there_are_start_nothing(
    make_spec: Callable[..., JobSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "num_gpus_here", lambda: 0)
    spec = make_spec("greedy")
    with pytest.raises(ConfigError, match="training.backend.num_gpus: 1 asked for, this machine has 0"):
        LocalBackend(tmp_path).submit(JobSpec(spec.name, spec.features_uri, spec.parameters, num_gpus=1))
    assert LocalBackend(tmp_path).status("greedy") == "lost"
