import json

import pytest

from reviewloop.adapters.jobs import metrics
from reviewloop.adapters.jobs.metrics import MetricsFollower, describe


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, dict, int]]:
    points: list[tuple[str, dict, int]] = []
    monkeypatch.setattr(metrics.runs, "log_metrics", lambda run, values, at_step: points.append((run, values, at_step)))
    return points


def train(step: int, loss: float) -> str:
    line = {"kind": "train", "step": step, "num_steps": 590, "time": 0.0, "loss": loss, "samples_per_second": 55.0}
    return json.dumps(line) + "\n"


def test_each_step_is_sent_once_though_a_resumed_job_writes_it_twice(tmp_path, sent):
    path = tmp_path / "metrics.jsonl"
    follower = MetricsFollower(path, "run", 32)
    follower.forward()
    path.write_text(train(10, 0.9) + train(20, 0.8))
    follower.forward()
    path.write_text(path.read_text() + train(10, 0.9) + train(20, 0.8) + train(30, 0.7))
    follower.forward()
    assert [(step, values["train.loss"]) for _, values, step in sent] == [(10, 0.9), (20, 0.8), (30, 0.7)]
    assert sent[0][1].keys() == {"train.loss", "train.samples_per_second"}


def test_half_a_line_waits_for_its_other_half(tmp_path, sent):
    path = tmp_path / "metrics.jsonl"
    follower = MetricsFollower(path, "run", 32)
    text = train(10, 0.9) + train(20, 0.8)
    path.write_text(text[:-9])
    follower.forward()
    assert [step for _, _, step in sent] == [10]
    path.write_text(text)
    follower.forward()
    assert [step for _, _, step in sent] == [10, 20]


def test_the_metrics_of_an_epoch_are_sent_beside_the_training_line_of_the_same_step(tmp_path, sent):
    validation = {
        "kind": "validation",
        "step": 10,
        "num_steps": 590,
        "time": 0.0,
        "epoch": 1,
        "loss": 0.5,
        "accuracy": 0.8,
        "macro_f1": 0.6,
    }
    path = tmp_path / "metrics.jsonl"
    path.write_text(train(10, 0.9) + json.dumps(validation) + "\n")
    MetricsFollower(path, "run", 32).forward()
    assert [values.get("validation.macro_f1") for _, values, _ in sent] == [None, 0.6]


def test_progress_is_told_in_words():
    line = json.loads(train(120, 0.612))
    assert describe(line, 32) == "step 120/590, loss 0.61, 55 samples/s, 4.6 min left"
