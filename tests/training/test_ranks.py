"""Two processes under torchrun, on the CPU, against one."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file

from reviewloop.errors import ConfigError
from reviewloop.training import ranks
from reviewloop.training.checkpoints import whole
from reviewloop.training.finetune import finetune
from reviewloop.training.job import Job
from reviewloop.training.ranks import Ranks, join, lost_a_partner

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

IN_FP32 = """
import sys, torch
from reviewloop.training import finetune, validation
from reviewloop.training.optimisation import step

step.autocast = validation.autocast = lambda device: torch.autocast(device.type, enabled=False)
sys.exit(finetune.main())
"""


@pytest.fixture
def launch(tmp_path):
    """``launch(job)``: that job on two ranks, under torchrun."""
    program = tmp_path / "in_fp32.py"
    program.write_text(IN_FP32)
    started: list[subprocess.Popen] = []

    def start(job: Job) -> subprocess.Popen:
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
        command += [str(program), "--job", str(job.output / "job.json")]
        env = {**os.environ, "PYTHONPATH": str(ROOT / "include"), "OMP_NUM_THREADS": "1"}
        with (job.output / "log.txt").open("ab") as log:
            started.append(subprocess.Popen(command, env=env, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        kill_all(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ranks_of(process: subprocess.Popen) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def kill_all(process: subprocess.Popen) -> None:
    if process.poll() is None:
        for one in [*ranks_of(process), psutil.Process(process.pid)]:
            one.send_signal(signal.SIGKILL)
        process.wait()


def wait_for_checkpoints(job: Job, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 120
    while not whole(job.output / "checkpoints"):
        assert process.poll() is None, (job.output / "log.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def weights(job: Job) -> dict[str, torch.Tensor]:
    return load_file(job.output / "model" / "model.safetensors")


def test_two_ranks_train_what_one_trains_also_when_they_are_killed(make_job, still_bert, launch, in_fp32, one_thread):
    values = {"base_model": str(still_bert), "epochs": 1, "learning_rate": 1e-4, "head_learning_rate": 1e-3, "batch_size": 3}
    alone, pair = (make_job(name, **values) for name in ("alone", "pair"))
    finetune(alone)
    process = launch(pair)
    wait_for_checkpoints(pair, process)
    kill_all(process)
    assert not (pair.output / "result.json").exists(), "the kill came too late to test anything"
    process = launch(pair)
    assert process.wait(240) == 0, (pair.output / "log.txt").read_text()

    one, two = weights(alone), weights(pair)
    for name in one:
        if not name.endswith("key.bias"):  # its gradient is 0 but for rounding, which Adam blows up to whole steps
            assert (one[name] - two[name]).abs().max() < 1e-6, name
    assert json.loads((pair.output / "result.json").read_text())["steps"] == 134
    lines = [json.loads(line) for line in (pair.output / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if line["kind"] == "train"] == list(range(10, 131, 10)), "told by one rank alone"


def test_a_rank_that_loses_its_partner_leaves_word_of_no_failure(make_job):
    job = make_job("out", epochs=1)
    command = [sys.executable, "-m", "reviewloop.training.finetune", "--job", str(job.output / "job.json")]
    group = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "OMP_NUM_THREADS": "1"}
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "include"), **group}
    with (job.output / "log.txt").open("wb") as log:
        first, second = (
            subprocess.Popen(command, env={**environment, "RANK": rank, "LOCAL_RANK": rank}, stderr=log) for rank in "01"
        )
    try:
        wait_for_checkpoints(job, first)
        second.kill()
        assert first.wait(120) == 1
    finally:
        first.kill()
        second.kill()
    said = (job.output / "log.txt").read_text().splitlines()[-1]
    assert "onnection" in said, said
    assert not (job.output / "failure.json").exists(), "another start may well succeed"


def test_without_torchrun_a_process_is_alone(monkeypatch):
    for variables in ({}, {"WORLD_SIZE": "1", "LOCAL_RANK": "0"}, {"WORLD_SIZE": "4"}):
        for name in ("WORLD_SIZE", "LOCAL_RANK"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with join() as group:
            assert group == Ranks(0, 1)
            assert group.first
            assert group.share("word") == "word"
            assert group.add(torch.ones(2)).tolist() == [1.0, 1.0]
            group.wait()


def test_more_ranks_than_gpus_are_refused_with_what_to_do(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("LOCAL_RANK", "2")
    monkeypatch.setattr(ranks.torch.cuda, "device_count", lambda: 2)
    with pytest.raises(ConfigError, match=r"--nproc-per-node: rank 2 has no GPU; this machine has 2, start as many ranks"), join():
        pass


def test_a_lost_partner_is_told_from_a_fault_of_ones_own():
    assert lost_a_partner(torch.distributed.DistNetworkError("Connection reset by peer"))
    assert lost_a_partner(RuntimeError("[../third_party/gloo/gloo/transport/tcp/pair.cc:534] Connection closed by peer"))
    assert not lost_a_partner(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
