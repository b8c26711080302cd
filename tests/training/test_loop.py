"""When a run ends before its last step, and what it then leaves."""

import json

import pytest
import torch
from safetensors.torch import load_file

from reviewloop.errors import PermanentError
from reviewloop.machine import arithmetic
from reviewloop.training import loop
from reviewloop.training.checkpoints import whole
from reviewloop.training.finetune import finetune
from reviewloop.training.ranks import Ranks
from reviewloop.training.validation import ValidationMetrics
from reviewloop.training.watch.watcher import Watcher

pytestmark = pytest.mark.slow

SHORT = {"batch_size": 20}
"""20 steps an epoch."""


class Killed(BaseException):
    """Stands for the death of the process."""


def result(job) -> dict:
    """What came of it, but for the weights that it began with."""
    return {key: one for key, one in json.loads((job.output / "result.json").read_text()).items() if key != "base_model_digest"}


@pytest.fixture
def plant_metrics(monkeypatch):
    """``plant_metrics(0.5, 0.4)``: what the epochs' validations say, whatever the model."""

    def plant(*macro_f1s: float) -> None:
        left = [ValidationMetrics(0.5, 0.5, macro_f1) for macro_f1 in macro_f1s]
        monkeypatch.setattr(loop, "validate", lambda *_: left.pop(0))

    return plant


@pytest.fixture
def stop_at(monkeypatch):
    """``stop_at(step)``: a rule fires when that many steps are done."""

    def plant(step: int) -> None:
        class Stopping(Watcher):
            def end_step(self, **told: object) -> None:
                super().end_step(**told)
                self.steps = getattr(self, "steps", 0) + 1
                if self.steps == step:
                    self.stopped_by = "overfit"

        monkeypatch.setattr(loop, "Watcher", Stopping)

    return plant


def test_it_stops_when_enough_epochs_brought_nothing_better(make_job, plant_metrics):
    job = make_job("out", **SHORT, epochs=9, early_stopping_epochs=2)
    plant_metrics(0.5, 0.7, 0.6, 0.7, 0.9)
    finetune(job)
    assert result(job) == {
        "steps": 80,
        "best_epoch": 2,
        "validation_macro_f1": 0.7,
        "stopped_by": "early_stopping",
        "cpu": arithmetic(),
    }
    assert json.loads((job.output / "model" / "model.json").read_text())["epoch"] == 2
    assert [path.name for path in job.output.glob("epoch-*")] == ["epoch-1"]


def test_it_goes_on_while_epochs_get_better(make_job, plant_metrics):
    job = make_job("out", **SHORT, epochs=4, early_stopping_epochs=1)
    plant_metrics(0.5, 0.6, 0.7, 0.6)
    finetune(job)
    assert result(job) == {"steps": 80, "best_epoch": 3, "validation_macro_f1": 0.7, "cpu": arithmetic()}


def test_a_resumed_run_stops_at_the_same_epoch(make_job, plant_metrics, monkeypatch):
    job = make_job("out", **SHORT, epochs=9, early_stopping_epochs=2)
    real, calls = loop.train_step, []

    def die_in_the_fourth_epoch(*arguments):
        calls.append(1)
        if len(calls) == 70:
            raise Killed
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "train_step", die_in_the_fourth_epoch)
        plant_metrics(0.5, 0.7, 0.6)
        with pytest.raises(Killed):
            finetune(job)
    plant_metrics(0.7)
    finetune(job)
    assert result(job)["steps"] == 80
    assert result(job)["stopped_by"] == "early_stopping"


def test_a_rule_ends_the_run_after_the_step_and_the_best_epoch_is_kept(make_job, stop_at):
    job = make_job("out", **SHORT)
    stop_at(50)
    finetune(job)
    found = result(job)
    assert found["steps"] == 50
    assert found["stopped_by"] == "overfit"
    assert found["best_epoch"] in (1, 2)
    assert whole(job.output / "checkpoints")[-1].name == "step-00000050"


def test_a_run_stopped_before_any_epoch_is_whole_is_marked_then_and_there(make_job, stop_at):
    job = make_job("out", **SHORT)
    stop_at(13)
    finetune(job)
    found = result(job)
    assert (found["steps"], found["best_epoch"], found["stopped_by"]) == (13, 1, "overfit")
    assert found["validation_macro_f1"] > 0
    assert (job.output / "model" / "model.safetensors").is_file()


def test_a_stopped_run_that_dies_before_its_result_does_not_train_on(make_job, stop_at, monkeypatch):
    job = make_job("out", **SHORT)
    stop_at(50)
    with monkeypatch.context() as patch:
        patch.setattr("reviewloop.training.epochs.write_json", lambda *_: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            finetune(job)
    assert not (job.output / "result.json").exists()
    monkeypatch.setattr(loop, "train_step", None)
    monkeypatch.setattr(loop, "Watcher", Watcher)
    finetune(job)
    assert (result(job)["steps"], result(job)["stopped_by"]) == (50, "overfit")


@pytest.fixture
def poison(monkeypatch):
    """``poison(step)``: all weights are NaN once that many steps are done."""

    def plant(step: int) -> None:
        real = loop.train_step

        def poisoned(learner, batch, number, *rest):
            done = real(learner, batch, number, *rest)
            if number + 1 == step:
                with torch.no_grad():
                    for parameter in learner.model.parameters():
                        parameter.fill_(torch.nan)
            return done

        monkeypatch.setattr(loop, "train_step", poisoned)

    return plant


def test_weights_that_are_no_numbers_before_any_good_epoch_fail_naming_the_rule(make_job, stop_at, poison):
    job = make_job("out", **SHORT)
    job = job.model_copy(update={"watch": _silenced(job.watch)})
    poison(8)
    stop_at(10)
    for _ in range(2):  # a second start says the same, and does not train on
        with pytest.raises(PermanentError) as told:
            loop.run(job, Ranks())
        assert str(told.value) == (
            "the training was stopped at step 10 by overfit without a model whose validation loss is a number; "
            "lower learning_rate (0.005) or head_learning_rate (0.005)"
        )
    assert not (job.output / "model").exists()


def test_weights_that_are_no_numbers_after_a_good_epoch_leave_that_one(make_job, poison):
    job = make_job("out", **SHORT)
    job = job.model_copy(update={"watch": _silenced(job.watch)})
    poison(30)
    finetune(job)
    assert result(job)["best_epoch"] == 1
    kept = load_file(job.output / "model" / "model.safetensors")
    assert all(value.isfinite().all() for value in kept.values())


def _silenced(watch):
    rules = {name: rule.model_copy(update={"action": "off"}) for name, rule in watch.rules.items()}
    return watch.model_copy(update={"rules": rules})


def test_the_watcher_is_told_the_mean_loss_of_the_whole_epoch_also_by_a_resumed_run(make_job, monkeypatch):
    told: dict[str, list[float]] = {}

    class Listening(Watcher):
        def end_epoch(self, epoch, step, train_loss, metrics):
            told[name].append(train_loss)

    def die_at(step: int):
        real = loop.train_step

        def deadly(learner, batch, number, *rest):
            if number == step:
                raise Killed
            return real(learner, batch, number, *rest)

        return deadly

    monkeypatch.setattr(loop, "Watcher", Listening)
    for name in ("whole", "killed"):
        told[name] = []
        job = make_job(name, **SHORT, epochs=2)
        if name == "killed":
            with monkeypatch.context() as patch:
                patch.setattr(loop, "train_step", die_at(32))
                with pytest.raises(Killed):
                    finetune(job)
        finetune(job)
    assert told["killed"] == told["whole"]
    assert len(told["whole"]) == 2
