"""What a place that runs fine-tunes must be able to do."""

import json
from pathlib import Path
from typing import Protocol

from reviewloop.adapters.jobs.process import FAILURE, State
from reviewloop.adapters.jobs.spec import JobSpec


class Backend(Protocol):
    """A place that runs fine-tunes. Errors of the place itself (a throttle, a lost connection) are ``TransientError``."""

    @property
    def poll_seconds(self) -> float:
        """Between two questions for a job's status, for whoever waits."""
        ...

    def submit(self, spec: JobSpec) -> str:
        """The id of the job that runs ``spec``, or has run it: found by its name, else started.

        Called twice, also at the same instant, there is one job. One that failed, was cancelled or was lost is started anew
        and goes on from its last checkpoint.
        """
        ...

    def status(self, job_id: str) -> State:
        """``running`` (waiting for a machine too), ``succeeded``, ``failed`` (cancelled too); ``lost``: no such job lives."""
        ...

    def cancel(self, job_id: str) -> None:
        """End the job; nothing where it has ended or is not known."""
        ...

    def result(self, job_id: str, folder: Path) -> None:
        """Fetch ``model/``, ``result.json``, metrics, watch files and ``log.txt`` into ``folder``, all or nothing.

        Raises ``JobFailed`` with the reason and the end of the log for a job that failed or was cancelled; what it left behind
        (all but the model) is in ``folder`` then, as far as the place keeps it, with the reason in ``failure.json``. Raises
        ``TransientError`` for one that is lost, and ``PermanentError`` for one that still runs.
        """
        ...

    def logs(self, job_id: str, num_lines: int = 20) -> str:
        """The last lines of the job's output; ``(no output)`` where there is none."""
        ...


def keep_reason(folder: Path, reason: str) -> None:
    """Note why a job failed in ``folder``, where its own program has not."""
    path = folder / FAILURE
    if not path.exists():
        path.write_text(json.dumps({"error": reason}), encoding="utf-8")
