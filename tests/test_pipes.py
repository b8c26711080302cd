"""Commands whose reader leaves: a real pipe, closed before the first line is written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def closed_pipe(arguments: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    reading, writing = os.pipe()
    os.close(reading)
    env = {**os.environ, "PYTHONPATH": str(ROOT / "include"), "REVIEWLOOP_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", *arguments], stdout=writing, stderr=subprocess.PIPE, text=True, env=env, timeout=60, check=False
    )
    os.close(writing)
    return done


@pytest.mark.parametrize(
    "arguments",
    [["reviewloop_local", "status"], ["reviewloop_local", "logs"], ["reviewloop_local", "logs", "mlflow"]],
)
def test_a_reader_who_leaves_is_no_error(arguments, tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "mlflow.log").write_text("line\n" * 50)

    done = closed_pipe(arguments, tmp_path)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.contract
def test_a_query_ends_quietly_too(lake, tmp_path):
    done = closed_pipe(["reviewloop", "query", "SELECT 1 AS a"], tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
