"""Which files of a job's folder tell what happened in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

NAMES: Final = ("*.json", "*.jsonl")
"""Result or failure, metrics, watch files: small. Checkpoints and models have JSON files too, and are left out."""
_BULKY: Final = ("checkpoints", "model", "epoch-", "inputs", "input", ".")


def is_trace(name: str) -> bool:
    """Whether the file of this name, relative to the job's folder, is one of them."""
    path = Path(name)
    bulky = any(part.startswith(_BULKY) for part in path.parts)
    return not bulky and any(path.match(pattern) for pattern in NAMES)


def traces(folder: Path) -> Iterator[tuple[str, Path]]:
    """Those of ``folder``, by their names relative to it."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and is_trace(name):
            yield name, path
