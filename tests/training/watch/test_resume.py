"""The watch files of a training that was killed and went on: as if it had not been."""

import multiprocessing
import os
import signal
import time

import pytest
from tests.helpers.watched import reading
from tests.helpers.watching import fired, fresh_model, lines, rule, train, watch

from reviewloop.core.watch_rules.records import Finding, to_line

pytestmark = pytest.mark.slow


@pytest.fixture
def model(tiny_bert):
    return fresh_model(tiny_bert)


def steps(folder, name):
    return [line["step"] for line in lines(folder, name)]


def test_lines_past_the_resumed_step_are_written_once(model, tmp_path):
    train(model, watch(), tmp_path, 20)
    train(model, watch(), tmp_path, 25, start_step=15)
    assert steps(tmp_path, "steps") == [5, 10, 15, 20, 25]
    assert steps(tmp_path, "tensors") == [1, 5, 10, 15, 20, 25]


def test_half_a_line_is_cut(model, tmp_path):
    train(model, watch(), tmp_path, 10)
    for name in ("steps", "tensors", "findings", "system", "epochs"):
        with (tmp_path / f"{name}.jsonl").open("a") as sink:
            sink.write('{"step": 15, "ti')
    train(model, watch(), tmp_path, 15, start_step=10)
    assert steps(tmp_path, "steps") == [5, 10, 15]
    assert steps(tmp_path, "tensors") == [1, 5, 10, 15]
    assert lines(tmp_path, "system") == []


def test_a_window_that_a_resume_cuts_short_says_how_many_steps_it_has(model, tmp_path):
    train(model, watch(), tmp_path, 15)
    train(model, watch(), tmp_path, 15, start_step=8)
    assert [(line["step"], line["num_steps"]) for line in lines(tmp_path, "steps")] == [(5, 5), (10, 2), (15, 5)]


def test_findings_are_not_doubled(model, tmp_path):
    bad = {12: float("nan"), 3: float("nan")}
    config = watch(not_finite=rule(0))
    train(model, config, tmp_path, 20, losses=bad)
    assert fired(tmp_path) == [("not_finite", 5), ("not_finite", 15)]
    for start in (15, 10, 5, 0):
        train(model, config, tmp_path, 20, start_step=start, losses=bad)
        assert fired(tmp_path) == [("not_finite", 5), ("not_finite", 15)]


def test_patience_goes_on_where_it_was(model, tmp_path):
    config = watch(class_imbalance=rule(0.0, patience=4))
    train(model, config, tmp_path, 10)
    assert fired(tmp_path) == []
    train(model, config, tmp_path, 25, start_step=10)
    assert fired(tmp_path) == [("class_imbalance", 20)]


def test_a_finding_lost_between_its_record_and_its_line_is_made_up_for(model, tmp_path):
    config = watch(class_imbalance=rule(0.0))
    train(model, config, tmp_path, 10)
    (tmp_path / "findings.jsonl").write_text("")
    train(model, config, tmp_path, 15, start_step=10)
    assert fired(tmp_path) == [("class_imbalance", 5)]


def test_a_stop_asked_for_before_the_kill_is_heeded_after_it(model, tmp_path):
    config = watch(class_imbalance=rule(0.0, action="stop"))
    assert train(model, config, tmp_path, 20).stopped_by == "class_imbalance"
    again = train(model, config, tmp_path, 20, start_step=5)
    assert again.stopped_by == "class_imbalance"
    assert steps(tmp_path, "steps")[0] == 5


def test_a_stop_that_the_configuration_has_turned_off_is_forgotten(model, tmp_path):
    train(model, watch(class_imbalance=rule(0.0, action="stop")), tmp_path, 20)
    assert train(model, watch(class_imbalance=rule(0.0)), tmp_path, 20, start_step=5).stopped_by is None


def test_what_the_machine_was_like_before_the_kill_stays(model, tmp_path):
    full = Finding("gpu_memory", "warn", 18, 1e9, "GPU 0 has 97% of its memory in use", "")
    slow = Finding("stalled_loader", "warn", 18, 1e9, "slow", "")
    (tmp_path / "system.jsonl").write_bytes(to_line(reading(1)) + to_line(reading(2)))
    (tmp_path / "findings.jsonl").write_bytes(to_line(full) + to_line(slow))
    train(model, watch(), tmp_path, 12, start_step=10)
    assert fired(tmp_path) == [("gpu_memory", 18)]
    assert len(lines(tmp_path, "system")) == 2


def test_a_training_from_the_beginning_forgets_an_older_one(model, tmp_path):
    train(model, watch(), tmp_path, 20)
    train(model, watch(), tmp_path, 5)
    assert steps(tmp_path, "steps") == [5]
    assert steps(tmp_path, "tensors") == [1, 5]


def test_a_training_killed_at_any_moment_leaves_files_that_go_on(model, tmp_path):
    config = watch(class_imbalance=rule(0.0, patience=2)).model_copy(update={"system_seconds": 0.005})
    for kills, seconds in enumerate((0.0, 0.003, 0.011), 1):
        child = multiprocessing.get_context("fork").Process(
            target=train, args=(model, config, tmp_path, 1000), kwargs={"start_step": 5 * kills - 5, "data_seconds": 0.01}
        )
        child.start()
        deadline = time.monotonic() + 60
        while len(lines_so_far(tmp_path)) < kills + 2 and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(seconds)
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        assert child.exitcode == -signal.SIGKILL
        assert len(lines_so_far(tmp_path)) > kills, "the kill came too early to test anything"
    train(model, config, tmp_path, 30, start_step=15)
    assert steps(tmp_path, "steps") == [5, 10, 15, 20, 25, 30]
    assert steps(tmp_path, "tensors") == [1, 5, 10, 15, 20, 25, 30]
    assert fired(tmp_path) == [("class_imbalance", 10)]
    times = [line["time"] for line in lines(tmp_path, "system")]
    assert times == sorted(times)
    assert len(times) > 3


def lines_so_far(folder):
    path = folder / "steps.jsonl"
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []
