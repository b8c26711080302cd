"""What the records of a fine-tune tell together."""

import math

import pytest
from tests.helpers.training_records import START, job, watched

from reviewloop.pages.training.history import SeedHistory, Training, in_order


def test_the_layers_go_from_the_bottom_up_by_number() -> None:
    layers = {name: {} for name in ("head", "layer.10", "layer.2", "embeddings")}
    assert SeedHistory(seed=1, tensors=[{"step": 1, "layers": layers}]).layers == ["embeddings", "layer.2", "layer.10", "head"]


def test_a_kill_is_a_pause_and_a_slow_reading_is_none() -> None:
    run = SeedHistory(seed=7, **watched(num_steps=300, killed_at=150))
    ((before, after),) = run.pauses
    assert 39 < after - before < 42
    assert run.restarts == [150]
    slow = [{"time": START + 0.5 * place + (2.0 if place > 50 else 0.0)} for place in range(100)]
    assert SeedHistory(seed=7, system=slow).pauses == []
    assert SeedHistory(seed=7).pauses == []


def test_the_time_between_epochs_is_in_no_window() -> None:
    run = SeedHistory(seed=7, **watched(num_steps=300))
    assert [round(after - before) for before, after in run.breaks] == [9, 9]
    assert SeedHistory(seed=7, steps=[{"step": 1, "time": START}]).breaks == []


def test_a_run_that_nothing_watched_still_has_its_progress_lines() -> None:
    metrics = [
        {"kind": "train", "step": 10, "time": START, "loss": 0.9, "learning_rate": 1e-4},
        {"kind": "validation", "step": 20, "time": START + 9, "epoch": 1, "loss": 0.7, "accuracy": 0.8, "macro_f1": 0.6},
    ]
    run = SeedHistory(seed=1, metrics=metrics)
    assert [line["step"] for line in run.learning] == [10]
    assert run.validations[0]["validation_loss"] == 0.7
    assert run.seconds == 9.0
    assert math.isnan(SeedHistory(seed=1).seconds)


def test_the_curves_are_of_the_best_seed() -> None:
    runs = [SeedHistory(seed=seed, steps=[{"step": 10, "time": START}]) for seed in (7, 8, 9)]
    seeds = [{"seed": 7, "validation_macro_f1": 0.68}, {"seed": 8, "validation_macro_f1": 0.71}, {"seed": 9}]
    assert Training(job(), {"seeds": seeds}, None, runs).shown.seed == 8


def test_without_a_result_the_curves_are_of_the_last_seed_that_began() -> None:
    runs = [*(SeedHistory(seed=seed, steps=[{"step": 10, "time": START}]) for seed in (7, 8)), SeedHistory(seed=9)]
    assert Training(job(), None, None, runs).shown.seed == 8
    assert Training(job(), None, None, [SeedHistory(seed=9)]).shown.seed == 9


def test_the_best_epoch_is_the_results_or_the_best_so_far() -> None:
    metrics = ((1, 0.6, 0.5), (2, 0.7, 0.4), (3, None, 0.4), (4, 0.9, None))
    epochs = [{"epoch": epoch, "macro_f1": macro_f1, "validation_loss": loss} for epoch, macro_f1, loss in metrics]
    run = SeedHistory(seed=7, epochs=epochs)
    assert Training(job(), {"best_epoch": 1}, None, [run]).best_epoch == 1
    assert Training(job(), None, None, [run]).best_epoch == 2
    assert Training(job(), None, None, [SeedHistory(seed=7)]).best_epoch is None


@pytest.mark.parametrize(
    ("base_model", "shown"),
    [
        ("/venv/models/all-MiniLM-L6-v2", "models/all-MiniLM-L6-v2"),
        ("org/roberta", "org/roberta"),
        ("org/roberta@" + 40 * "a", "org/roberta"),
        ("bert", "bert"),
    ],
)
def test_a_models_name_is_no_path_of_the_machine(base_model: str, shown: str) -> None:
    assert Training(job(base_model=base_model), None, None, [SeedHistory(seed=7)]).model == shown


def test_of_a_step_written_twice_the_later_record_counts() -> None:
    assert in_order([{"step": 2, "loss": 1}, {"step": 1}, {"step": 2, "loss": 3}], "step") == [{"step": 1}, {"step": 2, "loss": 3}]
