"""The watch files of a fine-tune, as its job folder holds them, and their way into MLflow.

A training with several seeds has a ``watch`` folder in each ``seed-<n>``, and in the end a copy of the best one's beside them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.mlflow import runs
from reviewloop.core.watch_rules.records import FILES, Finding, read_lines

WATCH: Final = "watch"


def watch_folders(folder: Path) -> list[Path]:
    """The watch folder of each training of the job in ``folder``; none before it has begun."""
    of_seeds = sorted(folder.glob(f"seed-*/{WATCH}"))
    return of_seeds or [found for found in (folder / WATCH,) if found.is_dir()]


def read(watch_folder: Path, kind: type) -> list[dict[str, Any]]:
    """The whole lines of one file so far, by the kind of record (``StepWindow``, ``Finding`` ...); none where it is missing."""
    path = watch_folder / FILES[kind]
    return read_lines(path.read_bytes()) if path.is_file() else []


def forward_findings(folder: Path, run_id: str, seen: set[str]) -> list[dict[str, Any]]:
    """Tag the run ``finding.<rule>`` with what each new finding of the job in ``folder`` saw; returns the new ones.

    ``seen`` remembers them between calls. A job that resumed finds the same again, which is not new.
    """
    fresh = []
    for key, found in _findings(folder):
        if key not in seen:
            runs.set_tags(run_id, {f"finding.{found['rule']}": f"step {found['step']}: {found['saw']}"})
            seen.add(key)
            fresh.append(found)
    return fresh


def _findings(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for watch_folder in watch_folders(folder):
        for found in read(watch_folder, Finding):
            yield f"{watch_folder.relative_to(folder)} {found['rule']} {found['step']}", found


def log_files(folder: Path, run_id: str) -> None:
    """Store every watch file of the job in ``folder`` as an artifact of the run, under ``watch/``."""
    for watch_folder in watch_folders(folder):
        for path in sorted(watch_folder.glob("*.jsonl")):
            name = Path(WATCH) / watch_folder.parent.relative_to(folder) / path.name
            runs.log_bytes(run_id, name.as_posix(), path.read_bytes())
