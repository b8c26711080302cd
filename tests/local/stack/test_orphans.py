"""Real processes under a marker of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from reviewloop_local.stack.home import MARKER
from reviewloop_local.stack.orphans import PART, kill_all, orphaned_workers, processes, sweep_workers

pytestmark = pytest.mark.slow

# Like LocalExecutor's workers: deaf to SIGTERM, named like them, one of them with a task of its own for a while.
WORKER = """
import os, signal, sys, time, setproctitle
signal.signal(signal.SIGTERM, signal.SIG_IGN)
task_seconds = float(sys.argv[1])
setproctitle.setproctitle("airflow worker -- LocalExecutor: x")
if task_seconds and os.fork() == 0:
    time.sleep(task_seconds)
    os._exit(0)
if task_seconds:
    os.wait()
    open(sys.argv[2], "w").close()
time.sleep(120)
"""
TRAINING = "import time; time.sleep(120)"
# Starts the others and dies, so that they are orphans.
PARENT = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', *sys.argv[1:]], start_new_session=True)"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[str]:
    name = str(tmp_path)
    yield name
    kill_all(name)


@pytest.fixture
def orphan(stack: str) -> Callable[..., None]:
    def start(program: str, *arguments: str, part: str = "airflow-scheduler") -> None:
        before = len(list(processes(stack)))
        env = {**os.environ, MARKER: stack, PART: part, "SPT_NOENV": "1"}
        subprocess.run([sys.executable, "-c", PARENT, program, *arguments], env=env, check=True)
        until(lambda: len(list(processes(stack))) > before)

    return start


def until(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not come true"
        time.sleep(0.05)


def test_processes_are_found_by_the_marker_though_their_parent_is_gone(stack, orphan):
    orphan(TRAINING)

    [found] = processes(stack)
    assert found.ppid() != os.getpid()
    assert not list(processes(stack + "x"))


def test_nothing_is_left_after_kill_all_even_what_ignores_sigterm(stack, orphan):
    orphan(TRAINING)
    orphan(WORKER, "0")

    assert kill_all(stack) == 2
    assert not list(processes(stack))


def test_killing_one_part_leaves_the_others_alone(stack, orphan):
    orphan(TRAINING, part="mlflow")
    orphan(TRAINING, part="aws")

    assert kill_all(stack, "mlflow") == 1
    assert [process.environ()[PART] for process in processes(stack)] == ["aws"]


def test_orphaned_workers_end_when_idle_and_not_before_their_task_is_done(stack, orphan, tmp_path):
    done = tmp_path / "task done"
    orphan(WORKER, "0")
    orphan(WORKER, "2", str(done))
    orphan(TRAINING)
    until(lambda: [len(workers) for workers in orphaned_workers(stack, "airflow-scheduler")] == [1, 1])

    sweep_workers(stack, "airflow-scheduler", poll_seconds=0.2)

    assert done.exists()
    [left] = processes(stack)
    assert left.cmdline()[-1] == TRAINING, "a training process outlives its scheduler: the next try reconnects to it"


def test_workers_of_a_living_scheduler_are_no_orphans(stack):
    env = {**os.environ, MARKER: stack, PART: "airflow-scheduler", "SPT_NOENV": "1"}
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    scheduler = subprocess.Popen([sys.executable, "-c", program, WORKER, "0"], env=env)
    until(lambda: any(child.cmdline()[0].startswith("airflow worker") for child in psutil.Process(scheduler.pid).children()))

    assert orphaned_workers(stack, "airflow-scheduler") == ([], [])

    kill_all(stack)
    scheduler.wait(10)
