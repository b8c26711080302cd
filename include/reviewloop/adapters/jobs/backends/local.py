"""Fine-tunes as processes of this machine."""

import logging
import shutil
from pathlib import Path
from typing import Final

from reviewloop.adapters.jobs import process
from reviewloop.adapters.jobs.program import prepare
from reviewloop.adapters.jobs.spec import JobSpec
from reviewloop.errors import JobFailed, PermanentError, TransientError
from reviewloop.files import write_folder

log = logging.getLogger(__name__)
_NOT_KEPT: Final = ("inputs", "checkpoints", "epoch-*", ".*", process.LOCK, process.PID)
"""Files of a job that its result does without."""


class LocalBackend:
    """Every job is a process in a folder of its own under ``root``, named like the job; the name is the job's id."""

    poll_seconds = 2.0

    def __init__(self, root: Path) -> None:
        self._root = root

    def submit(self, spec: JobSpec) -> str:
        """Start the process, or find it; see ``Backend``. Raises ``ConfigError`` where GPUs are asked for that are not there."""
        folder = self._root / spec.name
        command, env = prepare(folder, spec)
        pid = process.start_or_reconnect(folder, command, env)
        log.info("started process %d in %s", pid, folder) if pid else log.info("reconnected to the job in %s", folder)
        return spec.name

    def status(self, job_id: str) -> process.State:
        """``lost`` also when the process was killed; see ``Backend``."""
        return process.state(self._root / job_id)

    def cancel(self, job_id: str) -> None:
        """End the process and those it started; see ``Backend``."""
        process.cancel(self._root / job_id)

    def result(self, job_id: str, folder: Path) -> None:
        """See ``Backend``. Where ``folder`` is the job's own folder, everything is there already.

        A cancelled job is a ``TransientError`` here: a worker that is told to stop cancels too, and the next try goes on.
        """
        own = self._root / job_id
        state = process.state(own)
        if state == "running":
            raise PermanentError(f"job {job_id}: it still runs, and has no result yet")
        if state == "lost":
            raise TransientError(f"job {job_id}: no process runs it and it has no result: it was killed, or never started here")

        def copy(target: Path) -> None:
            shutil.copytree(own, target, ignore=shutil.ignore_patterns(*_NOT_KEPT), dirs_exist_ok=True)

        if folder.resolve() != own.resolve():
            write_folder(folder, copy)
        if state == "failed":
            reason = process.failure(own)
            if reason == process.CANCELLED:
                raise TransientError(f"job {job_id}: it was cancelled; another try goes on from its last checkpoint")
            raise JobFailed(f"the fine-tune failed: {reason}; its log ends:\n{self.logs(job_id)}")

    def logs(self, job_id: str, num_lines: int = 20) -> str:
        """See ``Backend``."""
        return process.log_tail(self._root / job_id, num_lines)
