"""Which code and which libraries a training job runs with."""

import ast
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from reviewloop.adapters.imports import meanings, module_file, reached, within
from reviewloop.core.digests import bytes_digest, tree_digest
from reviewloop.settings import PROJECT_ROOT

MAKING: Final = (
    "reviewloop.steps.train.train_baseline",
    "reviewloop.steps.train.finetune",
    "reviewloop.adapters.jobs.program",
    "reviewloop.training.finetune",
    "reviewloop.steps.train.export_served",
    "reviewloop.steps.train.evaluate",
    "reviewloop.steps.train.choose",
    "reviewloop.adapters.lake.frames",
)
"""What makes a result. The training is a process of its own, which ``program`` describes and starts by its name, so that no
import leads to it. ``frames`` makes rows of stored bytes: the one part of the lake that has a say in what they hold.
"""
FINETUNING: Final = ("reviewloop.steps.train.finetune", "reviewloop.adapters.jobs.program", "reviewloop.training.finetune")
"""Of ``MAKING``, what makes the fine-tuned weights: what is done with them later has no say in them."""
SNAPSHOT: Final = ("reviewloop.steps.features.build_features",)
"""What makes a snapshot of curated reviews."""
JUDGING: Final = ("reviewloop.steps.train.gate_model",)
"""What judges a result that is there."""
SHOWING: Final = ("reviewloop.pages", "reviewloop.core.explain", "reviewloop.models.explain", "reviewloop.adapters.deployed")
"""Rooms that imports are not followed into: all they reach is for a person to look at, pages and explanations; or says what a
result was made of, and has no say in it.
"""
CARRYING: Final = (
    "reviewloop.adapters.aws_errors",
    "reviewloop.adapters.lake",
    "reviewloop.adapters.catalog",
    "reviewloop.adapters.mlflow",
    "reviewloop.adapters.jobs",
    "reviewloop.config",
    "reviewloop.settings",
    "reviewloop.refs",
    "reviewloop.errors",
)
"""Rooms that imports lead through, and whose own code decides nothing: they bring and take bytes under their digests, say where
things lie, or hold the configuration, whose values are in the key themselves. What is not listed counts, so that a new module
decides until somebody says that it does not.
"""
DEPLOYED: Final = ("dags", "plugins", "include", "requirements.txt")


@dataclass(frozen=True)
class Provenance:
    """``git_dirty``: a deployed file differs from the commit. ``*_digest`` are SHA-256 in hex; the code's is of ``MAKING``."""

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
    return Provenance(commit, dirty, lock_digest(root), code_digest(MAKING, root))


def lock_digest(root: Path = PROJECT_ROOT) -> str:
    """SHA-256 of the lock file."""
    return bytes_digest((root / "requirements.txt").read_bytes())


@lru_cache(maxsize=4)
def code_digest(starts: tuple[str, ...], root: Path = PROJECT_ROOT) -> str:
    """SHA-256 of what the code that decides the result of ``starts`` means, read once a process.

    An edit of a comment, a docstring or white space leaves it. Raises ``PermanentError`` naming a module that is not there.
    """
    return tree_digest(dict(module_digests(starts, root)))


@lru_cache(maxsize=4)
def module_digests(starts: tuple[str, ...], root: Path = PROJECT_ROOT) -> Mapping[str, str]:
    """Of each module that decides the result of ``starts`` the SHA-256 of what it means, read once a process."""
    return MappingProxyType(meanings(deciding(starts, root)))


def deciding(starts: Sequence[str], root: Path = PROJECT_ROOT) -> dict[str, ast.Module]:
    """The modules that decide the result of ``starts``: they, and what they import, but for ``SHOWING`` and ``CARRYING``."""
    source = root / "include"
    for name in CARRYING:
        module_file(source, name)
    found = reached(source, starts, SHOWING)
    return {name: tree for name, tree in found.items() if name in starts or not within(name, CARRYING)}


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
