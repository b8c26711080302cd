"""Find the processes of a stack by the marker in their environment, whoever their parent is now, and end them."""

import os
import time
from collections import Counter
from collections.abc import Iterator

import psutil

from reviewloop.adapters.jobs.process import MARKER as JOB_MARKER
from reviewloop_local.stack.home import MARKER

PART = "REVIEWLOOP_PART"
"""Names the part that a process belongs to; inherited by everything the part starts."""

TRAINING = "a training"
"""What ``names`` calls a training's process."""

_WORKER_TITLE = "airflow worker"


def processes(stack: str, part: str | None = None) -> Iterator[psutil.Process]:
    """Live processes of the stack (of one part of it), without this process and those it descends from."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        if process.pid in own:
            continue
        try:
            env = process.environ()
            if env.get(MARKER) == stack and part in (None, env.get(PART)) and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):  # it ended meanwhile, or is another user's
            continue


def names(stack: str) -> Counter[str]:
    """What the live processes of the stack are, by name: ``TRAINING``, or the part that they belong to."""
    found: Counter[str] = Counter()
    for process in processes(stack):
        try:
            env = process.environ()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        found[TRAINING if JOB_MARKER in env else env.get(PART, "supervisord")] += 1
    return found


def kill_all(stack: str, part: str | None = None, seconds: float = 10) -> int:
    """Kill until none is left; returns how many were killed. Raises ``TimeoutError`` when some outlive ``seconds``."""
    deadline = time.monotonic() + seconds
    killed: set[int] = set()
    while alive := list(processes(stack, part)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes outlive SIGKILL: {', '.join(str(process.pid) for process in alive)}")
        for process in alive:
            killed.add(process.pid)
            _kill(process)
        psutil.wait_procs(alive, timeout=1)
    return len(killed)


def orphaned_workers(stack: str, part: str) -> tuple[list[psutil.Process], list[psutil.Process]]:
    """LocalExecutor workers that a killed scheduler left behind: the idle ones, and those that still run a task.

    Such a worker waits for ever on a queue that nobody fills, and ignores SIGTERM.
    """
    members = {process.pid: process for process in processes(stack, part)}
    idle: list[psutil.Process] = []
    busy: list[psutil.Process] = []
    for process in members.values():
        try:
            # A task's own process has the same title, but a worker as its parent.
            if not " ".join(process.cmdline()).startswith(_WORKER_TITLE) or process.ppid() in {*members, os.getpid()}:
                continue
            (busy if process.children() else idle).append(process)
        except psutil.NoSuchProcess:
            continue
    return idle, busy


def sweep_workers(stack: str, part: str, poll_seconds: float = 2) -> None:
    """Kill the orphaned workers as they fall idle; returns when none is left. Those that run a task finish it first."""
    idle_before: set[int] = set()
    while True:
        idle, busy = orphaned_workers(stack, part)
        for process in idle:
            if process.pid in idle_before:  # twice in a row: not one that is just about to start its task
                _kill(process)
        if not idle and not busy:
            return
        idle_before = {process.pid for process in idle}
        time.sleep(poll_seconds)


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
