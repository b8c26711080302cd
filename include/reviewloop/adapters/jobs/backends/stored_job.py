"""What a container that keeps its job in S3 has left there: the finished job, whole; or what a failed one left behind."""

from pathlib import Path
from typing import Final

from reviewloop.adapters.jobs.backends.protocol import keep_reason
from reviewloop.adapters.jobs.process import LOG
from reviewloop.adapters.lake import artifacts, s3
from reviewloop.core.lake.manifests import check_names
from reviewloop.files import write_folder

RESULT: Final = "result"
LEFT: Final = "left"
"""Folders below a job's URI: the finished job, whole; and by job id what an unfinished one left behind."""


def is_finished(uri: str) -> bool:
    """Whether the whole result of the job at ``uri`` is there."""
    return s3.exists(f"{uri}/{RESULT}/{artifacts.MANIFEST}")


def fetch_result(uri: str, folder: Path) -> None:
    """The finished job into ``folder``, all or nothing."""
    finished = artifacts.open_named(f"{uri}/{RESULT}")

    def fill(target: Path) -> None:
        finished.download(target)

    write_folder(folder, fill)


def fetch_left(uri: str, job_id: str, folder: Path, reason: str, log_text: str) -> None:
    """What the failed job left into ``folder``, all or nothing; ``reason`` and ``log_text`` where it has left none of its own."""
    left = f"{uri}/{LEFT}/{job_id}/"

    def fill(target: Path) -> None:
        names = [found.removeprefix(left) for found in s3.list_uris(left)]
        check_names(left, names)
        for name in names:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            s3.download(left + name, target / name)
        if not (target / LOG).exists():
            (target / LOG).write_text(log_text, encoding="utf-8")
        keep_reason(target, reason)

    write_folder(folder, fill)


def stored_log(uri: str, job_id: str) -> str:
    """The output of the job as far as it was kept; empty where nothing was."""
    for place in (f"{uri}/{RESULT}/{LOG}", f"{uri}/{LEFT}/{job_id}/{LOG}"):
        if s3.exists(place):
            return s3.read_bytes(place).decode(errors="replace")
    return ""
