"""Which code and which libraries a training job runs with."""

import os
import subprocess
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from reviewloop.core.digests import bytes_digest, tree_digest
from reviewloop.settings import PROJECT_ROOT

DECIDING: Final = (
    "include/reviewloop/core/**/*.py",
    "include/reviewloop/files.py",
    "include/reviewloop/models/**/*.py",
    "include/reviewloop/training/**/*.py",
    "include/reviewloop/steps/train/train_baseline.py",
    "include/reviewloop/adapters/jobs/program.py",
    "include/reviewloop/steps/train/finetune.py",
    "include/reviewloop/steps/train/evaluate.py",
    "include/reviewloop/steps/train/choose.py",
)
"""The files that decide a job's result, as patterns under the project's root."""
DEPLOYED: Final = ("dags", "plugins", "include", "requirements.txt")


@dataclass(frozen=True)
class Provenance:
    """``git_dirty``: a deployed file differs from the commit. ``*_digest`` are SHA-256 in hex."""

    git_commit: str
    git_dirty: bool
    lock_digest: str
    code_digest: str

    def as_text(self) -> dict[str, str]:
        """By name, as tags hold it."""
        return {name: str(value).lower() for name, value in asdict(self).items()}


@lru_cache(maxsize=2)
def provenance(root: Path = PROJECT_ROOT) -> Provenance:
    """Of the project under ``root``, read once a process.

    An image has no git: its build puts the commit into ``REVIEWLOOP_GIT_COMMIT``, with ``-dirty`` at its end where that is
    so (as ``git describe --dirty`` writes it). With neither, the commit is ``unknown`` and counts as dirty.
    """
    commit, dirty = _git(root)
    files = sorted(path for pattern in DECIDING for path in root.glob(pattern))
    code = {path.relative_to(root).as_posix(): bytes_digest(path.read_bytes()) for path in files}
    return Provenance(commit, dirty, bytes_digest((root / "requirements.txt").read_bytes()), tree_digest(code))


def _git(root: Path) -> tuple[str, bool]:
    told = os.environ.get("REVIEWLOOP_GIT_COMMIT", "")
    if told:
        return told.removesuffix("-dirty"), told.endswith("-dirty")
    if not (root / ".git").exists():
        return "unknown", True
    return _run(root, "rev-parse", "HEAD"), bool(_run(root, "status", "--porcelain", "--", *DEPLOYED))


def _run(root: Path, *words: str) -> str:
    # safe.directory: in a container the checkout may belong to another user, and git then refuses to read it.
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout.strip()  # noqa: S603
