"""A long job on this machine that outlives the task that started it.

The job holds a file lock, which it inherits at its start and which the kernel lets go at its death, however it dies. So
"is it running" needs no process id (ids are used again), and two jobs can never run in one folder. The job promises to
write ``result.json`` when it has succeeded and ``failure.json`` when it failed by itself; neither, and nobody holding the
lock, means that it was killed and may be started again.

A launcher of several processes (one a GPU) holds the lock alone. What it leaves behind when it is killed is found by a
variable in its environment, which everything that a job starts inherits.
"""

import fcntl
import json
import logging
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal

import psutil

log = logging.getLogger(__name__)

State = Literal["running", "succeeded", "failed", "lost"]
LOCK: Final = "job.lock"
PID: Final = "job.pid"
LOG: Final = "log.txt"
RESULT: Final = "result.json"
FAILURE: Final = "failure.json"
CANCELLED: Final = "cancelled"
"""What ``failure.json`` gives as the error of a job that was cancelled."""
MARKER: Final = "REVIEWLOOP_JOB_FOLDER"
_GRACE_SECONDS: Final = 10.0
"""Between SIGTERM and SIGKILL."""


def start_or_reconnect(job_dir: Path, command: Sequence[str], env: Mapping[str, str] | None = None) -> int | None:
    """Start ``command`` in ``job_dir`` unless it runs there or has its result; returns the new process's id, or None.

    A failure of an earlier start is forgotten: whoever starts again wants another try. ``env`` is added to this process's
    environment. Output is appended to ``log.txt``. The process leads its own session, so that a signal to the caller's
    group does not reach it.
    """
    job_dir.mkdir(parents=True, exist_ok=True)
    with _lock(job_dir, fcntl.LOCK_EX) as lock:
        if lock is None or (job_dir / RESULT).exists():
            return None
        _end(_members(job_dir), seconds=0)  # what a killed launcher left behind still writes into the folder
        (job_dir / FAILURE).unlink(missing_ok=True)
        with (job_dir / LOG).open("ab") as output:
            process = subprocess.Popen(  # noqa: S603  the command is our own
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {}), MARKER: str(job_dir.resolve())},
                start_new_session=True,
                pass_fds=[lock],
            )
        (job_dir / PID).write_text(str(process.pid), encoding="utf-8")
    return process.pid


def state(job_dir: Path) -> State:
    """What the job in ``job_dir`` is doing; one that was never started is ``lost``."""
    if not job_dir.is_dir():
        return "lost"
    with _lock(job_dir, fcntl.LOCK_SH) as lock:
        if lock is None:
            return "running"
        if (job_dir / RESULT).exists():
            return "succeeded"
        return "failed" if (job_dir / FAILURE).exists() else "lost"


def cancel(job_dir: Path, grace_seconds: float | None = None) -> None:
    """End the job and everything it started; nothing where it does not run. Its state is ``failed`` until it is started again.

    It has ``grace_seconds`` (ten, unless told) to end by itself; with 0 it is not asked.
    """
    if state(job_dir) != "running":
        return
    # Before the signal, so that no follower sees a killed job in between and starts it again.
    temporary = job_dir / f".{FAILURE}.cancel"
    temporary.write_text(json.dumps({"error": CANCELLED}), encoding="utf-8")
    temporary.replace(job_dir / FAILURE)
    _end(_members(job_dir), _GRACE_SECONDS if grace_seconds is None else grace_seconds)


def sweep(job_dir: Path) -> None:
    """Kill whatever of the job is left: what it has started may live on when it has ended. Its state stays, if it had ended."""
    _end(_members(job_dir), seconds=0)


def failure(job_dir: Path) -> str:
    """Why the job failed, in its own words; empty where it left none."""
    path = job_dir / FAILURE
    return str(json.loads(path.read_text(encoding="utf-8")).get("error", "")) if path.exists() else ""


def log_tail(job_dir: Path, num_lines: int = 20) -> str:
    """The last lines of the job's output."""
    path = job_dir / LOG
    if not path.exists():
        return "(no output)"
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-num_lines:])


def _members(job_dir: Path) -> list[psutil.Process]:
    """The living processes of the job, by the variable they inherited."""
    place = str(job_dir.resolve())
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # it ended meanwhile, or is another user's
            if process.environ().get(MARKER) == place and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _end(processes: Sequence[psutil.Process], seconds: float) -> None:
    for process in processes if seconds else ():
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=_GRACE_SECONDS)


@contextmanager
def _lock(job_dir: Path, kind: int) -> Iterator[int | None]:
    """The descriptor of the lock, or None while the job (or another caller, for an instant) holds it.

    The lock belongs to the open file, not to the process: a child that inherits the descriptor keeps it after we close ours.
    """
    descriptor = os.open(job_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield descriptor
    finally:
        os.close(descriptor)
