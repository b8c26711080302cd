import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from reviewloop.training.checkpoints import whole
from reviewloop.training.finetune import finetune
from reviewloop.training.job import Job

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def spawn(job_file: Path) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "include"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "reviewloop.training.finetune", "--job", str(job_file)]
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def write_job(values: dict, folder: Path, **changes: object) -> tuple[Job, Path]:
    job = Job.model_validate({**values, "output": str(folder / "out"), **changes})
    folder.mkdir(exist_ok=True)
    path = folder / "job.json"
    path.write_text(job.model_dump_json())
    return job, path


def lines(job: Job) -> list[dict]:
    return [json.loads(line) for line in (job.output / "metrics.jsonl").read_text().splitlines()]


def test_a_killed_run_ends_with_the_weights_of_an_uninterrupted_one(job_values, tmp_path):
    whole_job, _ = write_job(job_values, tmp_path / "whole")
    whole_job.output.mkdir()
    finetune(whole_job)

    job, job_file = write_job(job_values, tmp_path / "killed")
    process = spawn(job_file)
    deadline = time.monotonic() + 120
    while len(whole(job.output / "checkpoints")) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (job.output / "result.json").exists(), "the kill came too late to test anything"
    assert not (job.output / "failure.json").exists()
    assert whole(job.output / "checkpoints")

    finetune(job)

    for name in ("model.safetensors", "config.json", "tokenizer.json", "model.json"):
        assert (job.output / "model" / name).read_bytes() == (whole_job.output / "model" / name).read_bytes(), name
    assert (job.output / "result.json").read_bytes() == (whole_job.output / "result.json").read_bytes()
    first = {(line["kind"], line["step"]): line.get("loss") for line in reversed(lines(job))}
    assert first == {(line["kind"], line["step"]): line.get("loss") for line in lines(whole_job)}


def test_it_learns_what_the_words_give_away_and_says_so_as_it_goes(job_values, tmp_path):
    job, _ = write_job(job_values, tmp_path)
    job.output.mkdir()
    finetune(job)

    train = [line for line in lines(job) if line["kind"] == "train"]
    validation = [line for line in lines(job) if line["kind"] == "validation"]
    assert [line["step"] for line in train] == list(range(10, 301, 10))
    assert [line["epoch"] for line in validation] == [1, 2, 3]
    result = json.loads((job.output / "result.json").read_text())
    best = max(validation, key=lambda line: line["macro_f1"])
    assert best["macro_f1"] > 0.9
    assert result == {"steps": 300, "best_epoch": best["epoch"], "validation_macro_f1": best["macro_f1"]}
    about = json.loads((job.output / "model" / "model.json").read_text())
    assert about["kind"] == "transformer"
    assert about["labels"] == ["negative", "neutral", "positive"]
    assert about["max_seq_length"] == 48
    config = json.loads((job.output / "model" / "config.json").read_text())
    assert config["id2label"] == {"0": "negative", "1": "neutral", "2": "positive"}
    assert not list(job.output.rglob("*.bin")) + list(job.output.rglob("*.pt")), "no pickle"
    assert len(whole(job.output / "checkpoints")) == 2


def test_a_finished_job_is_not_run_again(job_values, tmp_path):
    job, _ = write_job(job_values, tmp_path)
    job.output.mkdir()
    (job.output / "result.json").write_text("{}")
    finetune(job)
    assert [path.name for path in job.output.iterdir()] == ["result.json"]


def test_a_run_that_fails_by_itself_leaves_the_reason(job_values, tmp_path):
    job, job_file = write_job(job_values, tmp_path, max_seq_length=8)
    process = spawn(job_file)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    failure = json.loads((job.output / "failure.json").read_text())
    assert "tokens, max_seq_length is 8" in failure["error"]
    assert b"max_seq_length is 8" in errors
    assert not (job.output / "result.json").exists()


def test_a_misspelt_key_of_the_job_is_named(job_values):
    with pytest.raises(ValueError, match="learning_rat\n"):
        Job.model_validate({**job_values, "learning_rat": 1.0})
