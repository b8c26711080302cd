"""Files that are either whole or absent, also after a kill or a power cut."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: Any) -> None:
    """``value`` as JSON at ``path``, by way of a temporary name."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(value, indent=2, sort_keys=True), encoding="utf-8")
    _sync(temporary)
    temporary.replace(path)
    _sync(path.parent)


def write_folder(folder: Path, fill: Callable[[Path], None]) -> None:
    """A folder that ``fill`` has filled, by way of a temporary name; replaces one of the same name.

    Everything is on disk before the rename, so that the name never stands for half the files.
    """
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    fill(temporary)
    for path in temporary.rglob("*"):
        if path.is_file():
            _sync(path)
    _sync(temporary)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
    _sync(folder.parent)
