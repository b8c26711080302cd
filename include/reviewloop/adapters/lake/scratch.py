"""The work directory of this machine: a folder for one step's files, gone when the step is done, and bounds for what is kept.

All of it is safe to lose. What a kill leaves behind is cleaned by the next step that comes along.
"""

import contextlib
import errno
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reviewloop.errors import TransientError
from reviewloop.settings import settings

log = logging.getLogger(__name__)

IN_USE_SECONDS: Final = 3600.0
"""A kept folder that was asked for within this time may be about to be read: it is not evicted."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
LEFTOVER_SECONDS: Final = 2 * 86400.0
"""No step lasts as long: a scratch folder that is older belongs to none."""


@contextlib.contextmanager
def scratch(what: str) -> Iterator[Path]:
    """A fresh folder under the work directory of this deployment; ``what`` begins its name.

    Raises ``TransientError`` where the disk under it is full: what other tasks leave in a while is room again.
    """
    parent = settings().work_dir / "scratch"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        sweep(parent, LEFTOVER_SECONDS)
        with tempfile.TemporaryDirectory(prefix=f"{what}-", dir=parent) as folder:
            yield Path(folder)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        free = shutil.disk_usage(parent).free / 1e9 if parent.is_dir() else 0.0
        raise TransientError(
            f"{what}: no room left under {parent} ({free:.1f} GB free): a step needs some three times its day's file there; "
            "free the disk, or let REVIEWLOOP_WORK_DIR name a larger one"
        ) from error


def sweep(parent: Path, max_seconds: float) -> None:
    """Remove the folders in ``parent`` in which nothing was written for ``max_seconds``."""
    for folder in _folders(parent):
        if (age := _age(folder)) > max_seconds:
            log.info("%s: nothing was written there for %.1f days; removed", folder, age / 86400)
            discard(folder)


def make_room(kept: Path, max_gb: float) -> None:
    """Evict what was not used for longest from the folders in ``kept`` until they hold ``max_gb`` (10^9 bytes) or less.

    Folders used within ``IN_USE_SECONDS`` stay, even where they hold more: a process may be about to read them.
    """
    oldest_first = sorted(((_age(folder), folder) for folder in _folders(kept)), reverse=True)
    sizes = {folder: sum(found.st_size for found in _stats(folder)) for _, folder in oldest_first}
    excess = sum(sizes.values()) - max_gb * 1e9
    for age, folder in oldest_first:
        if excess <= 0 or age < IN_USE_SECONDS:
            return
        log.info("%s: not used for %.1f days, and the room is needed; removed", folder, age / 86400)
        discard(folder)
        excess -= sizes[folder]


def mark_used(folder: Path) -> None:
    """Note for ``make_room`` that the folder is wanted now."""
    with contextlib.suppress(FileNotFoundError):
        os.utime(folder)


def discard(folder: Path) -> None:
    """Remove the folder, out of sight first, so that nobody finds half of it. Another process may do the same."""
    gone = Path(tempfile.mkdtemp(prefix=".gone.", dir=folder.parent))
    with contextlib.suppress(FileNotFoundError):
        folder.rename(gone / folder.name)
    shutil.rmtree(gone, ignore_errors=True)


def _folders(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if path.is_dir()] if parent.is_dir() else []


def _stats(folder: Path) -> list[os.stat_result]:
    """Of the folder and of all below it; what another process removes meanwhile is left out."""
    found = []
    for path in (folder, *folder.rglob("*")):
        with contextlib.suppress(FileNotFoundError):
            found.append(path.stat())
    return found


def _age(folder: Path) -> float:
    """Seconds since anything was written there, or ``mark_used`` was called."""
    now = time.time()
    return now - max((found.st_mtime for found in _stats(folder)), default=now)
