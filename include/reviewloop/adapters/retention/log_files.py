"""Log files of this machine that are older than they may be."""

import contextlib
import logging
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_IS_LOG: Final = re.compile(r".+\.log(\.\d+)?|event-.+\.json")
"""Names of logs of tasks and of DAG files, turned ones too, and of lineage events: nothing else is deleted."""


def expire(folders: Sequence[str], max_days: float) -> tuple[int, int]:
    """Delete log files that nobody wrote to for ``max_days``, and the folders that this empties; gives how many files, and bytes.

    No link is followed or deleted. What another process deletes meanwhile is no error, nor is a folder that is not there.
    """
    before = time.time() - max_days * 86400
    num_files = num_bytes = 0
    for folder in map(Path, folders):
        for path, stat in _files(folder):
            if _IS_LOG.fullmatch(path.name) and stat.st_mtime < before:
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()
                    num_files, num_bytes = num_files + 1, num_bytes + stat.st_size
                    _remove_empty(path.parent, folder)
    return num_files, num_bytes


def size(folder: Path) -> tuple[int, int]:
    """How many files lie below the folder, and their bytes; a link counts for nothing."""
    found = [stat.st_size for _, stat in _files(folder)]
    return len(found), sum(found)


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    # From the bottom up, and a folder's files before it is left: what is deleted meanwhile is not missed.
    for parent, _, names in os.walk(folder, topdown=False):
        for path in (Path(parent) / name for name in names):
            with contextlib.suppress(FileNotFoundError):
                if not path.is_symlink():
                    yield path, path.stat()


def _remove_empty(folder: Path, root: Path) -> None:
    """The folder and those above it, as far as they are empty; the root stays."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:  # something lies in it, also the link to a newest log
            return
        folder = folder.parent
