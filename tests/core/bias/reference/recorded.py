"""The recorded numbers made anew by AWS's own package, where it can be installed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent

needs_package = pytest.mark.skipif(
    "REVIEWLOOP_CLARIFY_VENV" not in os.environ,
    reason="REVIEWLOOP_CLARIFY_VENV is not set: name a folder for an environment of AWS's package, made there if need be",
)


def record_now(script: str, folder: Path) -> Any:
    """What ``script`` of this folder records today, in an environment of its own."""
    environment = Path(os.environ["REVIEWLOOP_CLARIFY_VENV"])
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", FOLDER / "requirements.txt"]
        done = subprocess.run(install, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"AWS's package could not be installed here (offline?): {done.stderr[-200:]}")
    subprocess.run([python, FOLDER / script, folder / "now.json"], check=True)
    return json.loads((folder / "now.json").read_text())
