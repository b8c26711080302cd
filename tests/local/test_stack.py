"""The real stack, once: it takes a minute to start."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from reviewloop_local.errors import LocalError
from reviewloop_local.health import PartState, airflow_ready, wait_until_ready
from reviewloop_local.home import MARKER, Home
from reviewloop_local.orphans import kill_all, processes
from reviewloop_local.ports import Ports, is_free
from reviewloop_local.services import parts
from reviewloop_local.stack import Stack


def test_a_heartbeat_of_an_earlier_process_does_not_make_a_part_ready():
    health = {"scheduler": {"status": "healthy", "latest_scheduler_heartbeat": "2026-01-01T00:00:10+00:00"}}
    beat = 1767225610.0

    assert airflow_ready(health, "scheduler", beat - 1)
    assert not airflow_ready(health, "scheduler", beat + 1)
    assert not airflow_ready({}, "scheduler", beat)
    assert not airflow_ready({"scheduler": {"status": "unhealthy"}}, "scheduler", 0)


def test_a_part_that_has_given_up_is_told_at_once_with_where_its_log_is():
    dead = {"mlflow": PartState("mlflow", "FATAL", 0, "Exited too quickly")}

    with pytest.raises(LocalError, match=r"mlflow does not start \(Exited too quickly\): see `make logs PART=mlflow`"):
        wait_until_ready(("mlflow",), lambda: dead, Ports(), print)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    free = [port for port in range(27900, 28900) if is_free(port)]
    stack = Stack(Home(tmp_path / "home"), Ports(*free[:4]))
    yield stack
    stack.down(lambda _: None)


def until(true: Callable[[], object], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.5)


def pid_of(stack: Stack, name: str) -> int:
    return next(info["pid"] for info in stack._supervisor().getAllProcessInfo() if info["name"] == name)


def workers(stack: Stack) -> list[psutil.Process]:
    return [process for process in processes(str(stack.home.root)) if process.cmdline()[0].startswith("airflow worker")]


@pytest.mark.contract
@pytest.mark.timeout(600)
def test_the_stack_starts_heals_and_leaves_nothing_behind(stack):
    said: list[str] = []
    stack.up(said.append)
    assert {line.split(" ready after ")[0] for line in said if "ready" in line} == {
        part.name for part in parts(stack.home, stack.ports)
    }

    with contextlib.closing(sqlite3.connect(stack.home.airflow / "airflow.db")) as database:
        pools = database.execute("SELECT slots, include_deferred FROM slot_pool WHERE pool = 'training'").fetchall()
    assert pools == [(1, 1)], "without its pool a fine-tune would never start"

    supervisor = stack.home.supervisor_pid.read_text()
    stack.up(said.append)
    assert stack.home.supervisor_pid.read_text() == supervisor, "a second `up` restarts nothing"

    scheduler, num_workers = pid_of(stack, "airflow-scheduler"), int(stack.env["AIRFLOW__CORE__PARALLELISM"])
    until(lambda: len(workers(stack)) == num_workers)
    os.kill(scheduler, signal.SIGKILL)
    until(lambda: pid_of(stack, "airflow-scheduler") not in {0, scheduler} and all(stack.ready().values()))
    until(lambda: {worker.ppid() for worker in workers(stack)} == {pid_of(stack, "airflow-scheduler")})  # the old ones are gone
    until(lambda: len(workers(stack)) == num_workers)

    env = {**os.environ, MARKER: str(stack.home.root)}
    beside = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], env=env, start_new_session=True)
    stack.down(said.append)

    beside.wait(10)  # a detached training is ended too
    assert not list(processes(str(stack.home.root)))
    assert kill_all(str(stack.home.root)) == 0
    assert not any(stack.ready().values())
