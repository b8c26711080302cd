"""Files that are either whole or absent, also after a kill or a power cut."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

SIZES: Final = "sizes.json"
"""In a folder that a copy made by others may have cut short: the bytes of each of its files."""


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: Any) -> None:
    """``value`` as JSON at ``path``, by way of a temporary name that no other process takes."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(value, indent=2, sort_keys=True), encoding="utf-8")
        _sync(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def write_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """A folder that ``fill`` has filled, by way of a temporary name; replaces one of the same name.

    Everything is on disk before the rename, so that the name never stands for half the files. Where ``fill`` fails, what it
    wrote is gone, so that a full disk has room for the account of it.
    """
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        fill(temporary)
        for path in temporary.rglob("*"):
            if path.is_file():
                _sync(path)
        _sync(temporary)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
    _sync(folder.parent)


def write_sizes(folder: Path) -> None:
    """Note the files' sizes in ``folder``, for ``has_its_sizes`` after it was carried elsewhere and back."""
    sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
    (folder / SIZES).write_text(json.dumps(sizes, indent=2, sort_keys=True), encoding="utf-8")


def has_its_sizes(folder: Path) -> bool:
    """Whether every noted file is there with its size; SageMaker brings checkpoints back file by file, perhaps not all."""
    try:
        sizes = json.loads((folder / SIZES).read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (FileNotFoundError, json.JSONDecodeError):
        return False
