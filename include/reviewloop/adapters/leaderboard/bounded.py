"""A program beside us for so long and no longer: it is killed with all that it has started, and its memory is free again."""

import argparse
import json
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import Final, Protocol, TypeVar

from reviewloop.adapters.jobs import process
from reviewloop.core.leaderboard.row import State
from reviewloop.files import write_json

ONE_CORE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"), "TOKENIZERS_PARALLELISM": "false",
}  # fmt: skip
"""Costs are told of one core, and the kinds must not differ in how many they take."""
POLL_SECONDS: Final = 0.05
ORPHAN_SECONDS: Final = 60.0
"""A process whose starter is gone ends so long after its share."""


class Bounded(Protocol):
    """What a program is told."""

    @property
    def seconds(self) -> float:
        """How long it may live if nobody looks after it."""
        ...


Job = TypeVar("Job", bound=Bounded)


def run_bounded(program: str, job: Mapping[str, object], folder: Path, seconds: float) -> tuple[State, str]:
    """What became of ``python -m program --job folder/job.json`` in ``seconds``, and why where it is not done.

    One that runs in ``folder`` already (its starter was killed) is waited for, and none is started beside it; one that has its
    result there is not started again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "job.json", dict(job))
    return run_command(folder, [sys.executable, "-m", program, "--job", str(folder / "job.json")], ONE_CORE, seconds)


def run_command(folder: Path, command: Sequence[str], env: Mapping[str, str], seconds: float) -> tuple[State, str]:
    """``run_bounded`` of any program that keeps the promise of ``adapters.jobs.process``."""
    begun = monotonic()
    process.start_or_reconnect(folder, command, env)
    try:
        while process.state(folder) == "running" and monotonic() - begun < seconds:
            sleep(POLL_SECONDS)
    finally:
        process.cancel(folder, grace_seconds=0)  # of an interrupt, too: nothing goes on behind our back
        process.sweep(folder)
    if process.state(folder) == "succeeded":
        return "done", ""
    why = process.failure(folder)
    if why == process.CANCELLED:
        return "timed out", f"after {monotonic() - begun:.0f} s"
    return "failed", why or "it was killed before it had a result"


def bounded_main(module: str, job_of: Callable[..., Job], run: Callable[[Path, Job], None], arguments: Sequence[str] | None) -> int:
    """The other end of ``run_bounded``: read the job, ``run`` it in its folder, and leave the failure's one line where it raises.

    The exit status, which is 0 only where it raised nothing.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    parser.add_argument("--job", type=Path, required=True)
    path: Path = parser.parse_args(arguments).job
    job = job_of(**json.loads(path.read_text(encoding="utf-8")))
    signal.alarm(int(job.seconds) + 1)  # who started this may be killed: it must not go on for ever
    try:
        run(path.parent, job)
    except Exception as error:
        traceback.print_exc()
        write_json(path.parent / process.FAILURE, {"error": told(error)})
        return 1
    return 0


def told(error: Exception) -> str:
    """Its kind and the first line of what it says."""
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
