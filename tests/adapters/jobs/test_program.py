"""How the program is started; what it is told is in the backends' contract test and the steps'."""

import subprocess
import sys
from pathlib import Path

import pytest

from reviewloop.adapters.jobs import program
from reviewloop.adapters.jobs.backends import launch
from reviewloop.adapters.jobs.backends.traces import is_trace
from reviewloop.errors import ConfigError


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """``gpus(2)``: a driver that lists two."""

    def there(number: int) -> None:
        driver = tmp_path / "nvidia-smi"
        lines = "".join(f"echo 'GPU {i}: NVIDIA'\n" for i in range(number))
        driver.write_text(f"#!/bin/sh\n{lines}")
        driver.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        program.num_gpus_here.cache_clear()

    yield there
    program.num_gpus_here.cache_clear()


@pytest.mark.parametrize(("there", "asked"), [(0, 0), (1, 0), (1, 1), (4, 1)])
def test_one_process_on_a_processor_or_one_gpu(gpus, there, asked):
    gpus(there)
    assert program.command(asked) == [sys.executable, "-m", "reviewloop.training.finetune"]


@pytest.mark.parametrize(("there", "asked", "processes"), [(4, 0, "4"), (4, 2, "2")])
def test_one_process_a_gpu(gpus, there, asked, processes):
    gpus(there)
    words = program.command(asked)
    assert words[1:] == [
        "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", processes, "-m", "reviewloop.training.finetune",
    ]  # fmt: skip


def test_more_gpus_than_there_are_is_one_clear_line(gpus):
    gpus(1)
    with pytest.raises(ConfigError, match=r"^training.backend.num_gpus: 2 asked for, this machine has 1; 0 takes what is there$"):
        program.command(2)


@pytest.mark.parametrize(("visible", "number"), [("", 0), ("-1", 0), ("0", 1), ("2,3", 2)])
def test_only_gpus_that_this_process_may_see_count(gpus, monkeypatch, visible, number):
    gpus(8)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    program.num_gpus_here.cache_clear()
    assert program.num_gpus_here() == number


def test_a_machine_whose_driver_does_not_answer_has_no_gpu(gpus, tmp_path):
    gpus(2)
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho broken\nexit 9\n")
    program.num_gpus_here.cache_clear()
    assert program.num_gpus_here() == 0


def test_a_sagemaker_job_that_asks_for_too_much_says_so_where_sagemaker_looks(gpus, monkeypatch, tmp_path):
    gpus(0)
    monkeypatch.setenv(launch.NUM_GPUS, "3")
    monkeypatch.setenv("SM_OUTPUT_DIR", str(tmp_path / "output"))
    with pytest.raises(SystemExit, match="num_gpus: 3 asked for"):
        launch.main()
    assert "num_gpus: 3 asked for" in (tmp_path / "output" / "failure").read_text()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("result.json", True), ("failure.json", True), ("metrics.jsonl", True), ("watch/steps.jsonl", True),
        ("seed-7/watch/steps.jsonl", True), ("model/config.json", False), ("epoch-2/config.json", False),
        ("checkpoints/step-00000007/position.json", False), (".result.json.tmp", False), ("log.txt", False),
    ],
)  # fmt: skip
def test_what_tells_of_a_job_is_told_from_what_weighs(name, kept):
    assert is_trace(name) is kept


def test_the_program_is_found_by_a_child(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    env = program.environment("some/model")
    assert env["PYTHONPATH"].endswith(":/elsewhere")
    assert "HF_HUB_OFFLINE" not in env
    assert program.environment("/tmp")["HF_HUB_OFFLINE"] == "1"
    found = "import reviewloop.training.job"
    assert subprocess.run([sys.executable, "-c", found], env=env, check=False).returncode == 0
