"""A folder for one step's files, gone when the step is done."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reviewloop.settings import settings


@contextmanager
def scratch(what: str) -> Iterator[Path]:
    """A fresh folder under the work directory of this deployment; ``what`` begins its name."""
    parent = settings().work_dir
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{what}-", dir=parent) as folder:
        yield Path(folder)
