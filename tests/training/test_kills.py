"""Killed with -9 again and again, at moments drawn by a seed and in the middle of writing checkpoints."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from reviewloop.training.finetune import finetune

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
NUM_KILLS = 10

STARTER = """
import os, sys, time
from reviewloop import files
from reviewloop.training import finetune

real = files._sync
def slowly(path):
    time.sleep(0.005)
    real(path)
files._sync = slowly

for line in sys.stdin:
    child = os.fork()
    if not child:
        os._exit(finetune.main(["--job", line.strip()]))
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Starts the real program, each time as a process of its own, without the seconds that its imports take.

The disk is slow here, so that a good part of the run is the writing of checkpoints.
"""


class Starter:
    def __enter__(self) -> Self:
        env = {**os.environ, "PYTHONPATH": str(ROOT / "include"), "OMP_NUM_THREADS": "1"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        self._process = subprocess.Popen([sys.executable, "-c", STARTER], env=env, **pipes)
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()

    def start(self, job_file: Path) -> int:
        """The process id of a program just started."""
        assert self._process.stdin
        print(job_file, file=self._process.stdin, flush=True)
        return self._read()

    def exit_status(self) -> int:
        """That of the program, once it has ended; the negative signal where one ended it."""
        return self._read()

    def _read(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())


def half_written(output: Path, since: float = 0.0) -> set[str]:
    """Checkpoints under their temporary names, begun after ``since``; a killed writer leaves its one behind."""
    found = set()
    for path in (output / "checkpoints").glob(".step-*.tmp"):
        with suppress(FileNotFoundError):  # whole by now
            if path.stat().st_mtime > since:
                found.add(path.name)
    return found


def wait_for_a_half_written_one(output: Path, draw: random.Random) -> None:
    """Until the second, third or fourth new checkpoint is being written, and a little longer."""
    since, seen = time.time(), set()
    wanted = draw.randint(2, 4)
    while len(seen) < wanted:
        assert time.time() < since + 60, "no checkpoint was ever begun"
        seen |= half_written(output, since)
        time.sleep(0.0005)
    time.sleep(draw.uniform(0, 0.02))


def test_a_run_killed_ten_times_ends_with_the_weights_of_an_uninterrupted_one(make_job, one_thread):
    whole, killed = make_job("whole", epochs=4), make_job("killed", epochs=4)
    begun = time.monotonic()
    finetune(whole)
    seconds = time.monotonic() - begun

    draw = random.Random(20)
    num_half_written = 0
    with Starter() as starter:
        for number in range(NUM_KILLS):
            since = time.time()
            pid = starter.start(killed.output / "job.json")
            if number % 2:
                wait_for_a_half_written_one(killed.output, draw)
            else:
                time.sleep(draw.uniform(0, seconds / 4))
            os.kill(pid, signal.SIGKILL)
            assert starter.exit_status() == -signal.SIGKILL, "it ended by itself before it was killed"
            assert not (killed.output / "result.json").exists()
            assert not (killed.output / "failure.json").exists()
            num_half_written += bool(half_written(killed.output, since))
        assert num_half_written >= 2, "hardly a kill fell into the writing of a checkpoint"
        assert list((killed.output / "checkpoints").glob("step-*")), "no checkpoint: nothing was resumed"
        starter.start(killed.output / "job.json")
        assert starter.exit_status() == 0

    for name in ("model/model.safetensors", "model/config.json", "model/tokenizer.json", "model/model.json", "result.json"):
        assert (killed.output / name).read_bytes() == (whole.output / name).read_bytes(), name
    assert _losses(killed.output) == _losses(whole.output)


def _losses(output: Path) -> dict[tuple[str, int], float]:
    """By kind and step; a step that was trained twice has to have had the same loss both times."""
    found: dict[tuple[str, int], float] = {}
    for line in map(json.loads, (output / "metrics.jsonl").read_text().splitlines()):
        assert found.setdefault((line["kind"], line["step"]), line["loss"]) == line["loss"]
    return found


def test_the_real_command_survives_a_kill(make_job, caplog):
    job = make_job("out", epochs=1)
    env = {**os.environ, "PYTHONPATH": str(ROOT / "include"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "reviewloop.training.finetune", "--job", str(job.output / "job.json")]
    process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list((job.output / "checkpoints").glob("step-*")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.kill()
    process.wait()
    if (job.output / "result.json").exists():
        pytest.fail("the kill came too late to test anything")
    caplog.set_level("INFO")
    finetune(job)
    assert "resumed from step" in caplog.text
    assert (job.output / "result.json").exists()
