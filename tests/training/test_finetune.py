import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reviewloop.machine import arithmetic
from reviewloop.models.encoder.pretrained import files_digest
from reviewloop.training.checkpoints import whole
from reviewloop.training.finetune import finetune, main
from reviewloop.training.job import Job

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def lines(job: Job) -> list[dict]:
    return [json.loads(line) for line in (job.output / "metrics.jsonl").read_text().splitlines()]


def test_it_learns_what_the_words_give_away_and_says_so_as_it_goes(make_job, tiny_bert):
    job = make_job("out")
    finetune(job)

    train = [line for line in lines(job) if line["kind"] == "train"]
    validation = [line for line in lines(job) if line["kind"] == "validation"]
    assert [line["step"] for line in train] == list(range(10, 301, 10))
    assert [line["epoch"] for line in validation] == [1, 2, 3]
    result = json.loads((job.output / "result.json").read_text())
    best = max(validation, key=lambda line: line["macro_f1"])
    assert best["macro_f1"] > 0.9
    assert result.pop("base_model_digest") == files_digest(tiny_bert)
    assert result == {"steps": 300, "best_epoch": best["epoch"], "validation_macro_f1": best["macro_f1"], "cpu": arithmetic()}
    about = json.loads((job.output / "model" / "model.json").read_text())
    assert about["kind"] == "transformer"
    assert about["labels"] == ["negative", "neutral", "positive"]
    assert about["max_seq_length"] == 48
    config = json.loads((job.output / "model" / "config.json").read_text())
    assert config["id2label"] == {"0": "negative", "1": "neutral", "2": "positive"}
    assert not list(job.output.rglob("*.bin")) + list(job.output.rglob("*.pt")), "no pickle"
    assert not (job.output / "model" / "sizes.json").exists()
    assert len(whole(job.output / "checkpoints")) == 2


def test_a_finished_job_is_not_run_again(make_job):
    job = make_job("out")
    (job.output / "result.json").write_text("{}")
    finetune(job)
    assert sorted(path.name for path in job.output.iterdir()) == ["job.json", "result.json"]


def test_a_run_that_fails_by_itself_leaves_the_reason(make_job):
    job = make_job("out", max_seq_length=8)
    command = [sys.executable, "-m", "reviewloop.training.finetune", "--job", str(job.output / "job.json")]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "include")}
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 1
    failure = json.loads((job.output / "failure.json").read_text())
    assert "tokens, max_seq_length is 8" in failure["error"]
    assert ran.stderr.strip().endswith("max_seq_length is 8"), "one line, and no trace of calls"
    assert "Traceback" not in ran.stderr
    assert not (job.output / "result.json").exists()


def test_an_old_failure_is_forgotten_by_a_run_that_succeeds(make_job):
    job = make_job("out", epochs=1)
    (job.output / "failure.json").write_text("{}")
    assert main(["--job", str(job.output / "job.json")]) == 0
    assert not (job.output / "failure.json").exists()


def test_an_error_that_nobody_foresaw_leaves_its_trace(make_job, monkeypatch):
    job = make_job("out")
    monkeypatch.setattr("reviewloop.training.loop.train_step", lambda *_: 1 / 0)
    assert main(["--job", str(job.output / "job.json")]) == 1
    failure = json.loads((job.output / "failure.json").read_text())
    assert failure["error"] == "ZeroDivisionError: division by zero"
    assert "train_step" in failure["trace"]


def test_a_misspelt_key_of_the_job_is_named(make_job, caplog):
    job = make_job("out")
    path = job.output / "job.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"learning_rat": 1.0}))
    assert main(["--job", str(path)]) == 2
    assert "job.json: learning_rat: Extra inputs are not permitted (found 1.0)" in caplog.text


def test_nothing_goes_beside_a_job_file(make_job, capsys):
    with pytest.raises(SystemExit):
        main(["--job", str(make_job("out").output / "job.json"), "--epochs", "5"])
    assert "--epochs: nothing goes beside --job" in capsys.readouterr().err
