"""Programs that some tests use and not every machine has."""

import os
import shutil
from pathlib import Path

import pytest


def program(*names: str) -> str:
    """The path of the first of ``names`` that is there. Without one the test is skipped; where ``CI`` is set it fails."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))])
    found = next(filter(None, (shutil.which(name, path=path) for name in names)), None)
    if found:
        return found
    reason = f"needs {' or '.join(names)} (scripts/debian installs it)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
