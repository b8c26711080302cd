"""The watcher in a real training: what it writes, what it sees when a fault is planted, and that it leaves nothing behind."""

import logging
import math

import pytest
import torch
from tests.helpers.watching import EVERY, MAX_NORM, ROWS, TOKENS, fired, fresh_model, lines, rule, train, watch

from reviewloop.config import WatchConfig, load_config
from reviewloop.core.watch_rules import RULES
from reviewloop.training.validation import ValidationMetrics
from reviewloop.training.watch.watcher import Watcher

SHIPPED = load_config().training.transformer.watch.rules
LEARNING = {name: config for name, config in SHIPPED.items() if name not in {"low_cpu_use", "step_outliers", "io_bottleneck"}}
"""The rules as shipped, but for those that a busy test machine can set off."""


@pytest.fixture
def model(tiny_bert):
    return fresh_model(tiny_bert)


def test_a_sound_training_leaves_its_records_and_no_finding(model, tmp_path):
    train(model, watch(**LEARNING), tmp_path, 23)
    windows = lines(tmp_path, "steps")
    assert [(line["step"], line["num_steps"]) for line in windows] == [(5, 5), (10, 5), (15, 5), (20, 5), (23, 3)]
    assert [line["step"] for line in lines(tmp_path, "tensors")] == [1, 5, 10, 15, 20]
    assert fired(tmp_path) == []
    first = windows[0]
    assert set(first) == {
        "step", "time", "num_steps", "seconds", "num_rows", "num_tokens", "phases", "median_step_seconds",
        "slowest_step_seconds", "slowest_step", "loss", "learning_rate", "gradient_norm", "finite", "class_shares", "rank_seconds",
    }  # fmt: skip
    assert first["num_rows"] == EVERY * ROWS
    assert first["num_tokens"] == EVERY * ROWS * TOKENS
    assert first["class_shares"] == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert first["learning_rate"] == 1e-3
    assert list(first["phases"]) == ["data", "forward", "backward", "optimiser", "other"]
    assert sum(first["phases"].values()) == pytest.approx(first["seconds"])
    assert all(seconds > 0 for seconds in first["phases"].values())
    assert first["rank_seconds"] == [pytest.approx(first["phases"]["data"] + first["phases"]["forward"])]
    assert 1 <= first["slowest_step"] <= 5
    assert first["median_step_seconds"] <= first["slowest_step_seconds"] < first["seconds"]


def test_the_loss_of_a_window_is_the_mean_of_its_steps(model, tmp_path):
    train(model, watch(), tmp_path, 10, losses={step: float(step) for step in range(10)})
    assert [line["loss"] for line in lines(tmp_path, "steps")] == [2.0, 7.0]


def test_gradients_by_layer_are_those_before_clipping(model, tmp_path):
    train(model, watch(), tmp_path, 5, learning_rate=0.0)
    (window,) = lines(tmp_path, "steps")
    layers = lines(tmp_path, "tensors")[-1]["layers"]
    assert list(layers) == ["embeddings", "layer.0", "layer.1", "head"]
    assert window["gradient_norm"] > MAX_NORM, "nothing was clipped, so nothing was tested"
    total = math.sqrt(sum(layer["gradient_norm"] ** 2 for layer in layers.values()))
    assert total == pytest.approx(window["gradient_norm"], rel=1e-4)
    head = [p for name, p in model.named_parameters() if "layer." not in name and "embeddings" not in name]
    assert layers["head"]["weight_norm"] == pytest.approx(torch.cat([p.flatten() for p in head]).norm().item(), rel=1e-5)
    assert layers["head"]["update_ratio"] == 0.0
    assert layers["head"]["largest"] >= max(p.abs().max().item() for p in head)


def test_the_update_ratio_is_the_step_over_the_weights(model, tmp_path):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    train(model, watch(), tmp_path, 1, learning_rate=0.1, optimiser=torch.optim.SGD)
    (record,) = lines(tmp_path, "tensors")
    names = [name for name in before if "layer.1." in name]
    now = dict(model.named_parameters())
    change = torch.cat([(now[name] - before[name]).flatten() for name in names]).norm()
    ratio = change / torch.cat([before[name].flatten() for name in names]).norm()
    assert record["layers"]["layer.1"]["update_ratio"] == pytest.approx(ratio.item(), rel=1e-4)


def test_frozen_layers_are_left_out(model, tmp_path):
    for name, parameter in model.named_parameters():
        parameter.requires_grad_("layer.0" not in name and "embeddings" not in name)
    train(model, watch(vanishing_gradient=rule(1e-6)), tmp_path, 5)
    assert set(lines(tmp_path, "tensors")[0]["layers"]) == {"layer.1", "head"}
    assert fired(tmp_path) == []


def test_passes_of_an_accumulated_step_count_as_one(model, tmp_path):
    train(model, watch(), tmp_path, 5, accumulation=3)
    (window,) = lines(tmp_path, "steps")
    assert (window["num_steps"], window["num_rows"]) == (5, 5 * ROWS)
    assert lines(tmp_path, "tensors")[-1]["activations"]["layer.0"]["dead_share"] is not None


def num_hooks(model):
    return sum(len(module._forward_hooks) for module in model.modules())


def test_hooks_are_there_for_captured_steps_only(model, tmp_path):
    of_its_own = num_hooks(model)
    zero, labels = torch.zeros(()), torch.zeros(2, dtype=torch.int64)
    with Watcher(watch(), model, tmp_path, start_step=1, rank=0, world_size=1) as watcher:
        counts = []
        for step in range(1, 12):
            watcher.begin_step(step)
            counts.append(num_hooks(model) - of_its_own)
            watcher.end_step(loss=zero, labels=labels, num_tokens=2, learning_rate=0.1, gradient_norm=zero)
            assert num_hooks(model) == of_its_own
        assert [step + 1 for step, count in zip(range(1, 12), counts, strict=True) if count] == [5, 10]
        watcher.begin_step(14)
        assert num_hooks(model) > of_its_own
    assert num_hooks(model) == of_its_own


def test_a_step_that_fails_leaves_no_hook_and_the_error_is_its_own(model, tmp_path, monkeypatch):
    def fail(*args, **kwargs):
        raise MemoryError

    of_its_own = num_hooks(model)
    with monkeypatch.context() as patch:
        patch.setattr(model, "forward", fail)
        with pytest.raises(MemoryError):
            train(model, watch(), tmp_path, 5)
    assert num_hooks(model) == of_its_own
    assert lines(tmp_path, "steps") == []


def test_a_learning_rate_of_ten_saturates_the_head_and_no_gradient_comes_through(model, tmp_path):
    train(model, watch(**LEARNING), tmp_path, 60, learning_rate=10.0)
    assert {"saturated_activations", "vanishing_gradient"} <= dict(fired(tmp_path)).keys()


def test_a_loss_of_far_too_much_weight_explodes_though_it_is_clipped(model, tmp_path):
    train(model, watch(**LEARNING), tmp_path, 10, loss_scale=1e4)
    assert dict(fired(tmp_path))["exploding_tensor"] == 5


def test_weights_that_overflow_stop_the_training(model, tmp_path):
    watcher = train(model, watch(**LEARNING), tmp_path, 60, learning_rate=1e36)
    assert watcher.stop_requested
    assert watcher.stopped_by == "not_finite"
    assert lines(tmp_path, "steps")[-1]["step"] < 60


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_one_bad_loss_between_two_captures_is_not_missed(model, tmp_path, value):
    watcher = train(model, watch(not_finite=SHIPPED["not_finite"]), tmp_path, 20, losses={6: value})
    assert fired(tmp_path) == [("not_finite", 10)]
    assert watcher.stopped_by == "not_finite"
    assert lines(tmp_path, "steps")[-1]["loss"] is None


def test_a_head_of_zeros_never_lets_the_encoder_learn(model, tmp_path):
    with torch.no_grad():
        for part in (model.bert.pooler.dense, model.classifier):
            part.weight.zero_()
            part.bias.zero_()
    train(model, watch(**LEARNING), tmp_path, 30)
    found = dict(fired(tmp_path))
    assert found["poor_initialisation"] == 1
    assert found["vanishing_gradient"] <= 25


def test_labels_that_do_not_belong_to_the_texts_are_not_learnt(model, tmp_path):
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    model.classifier.bias.requires_grad_(True)  # as a collapsed encoder would: the texts have no part in the answer
    config = watch(loss_not_decreasing=rule(SHIPPED["loss_not_decreasing"].threshold, 6))
    train(model, config, tmp_path, 60)
    assert fired(tmp_path) == [("loss_not_decreasing", 30)]


def test_one_class_batches_are_seen(model, tmp_path):
    train(model, watch(class_imbalance=rule(0.9, 2)), tmp_path, 10, labels=torch.full((ROWS,), 2))
    assert fired(tmp_path) == [("class_imbalance", 10)]
    assert lines(tmp_path, "steps")[0]["class_shares"] == [0.0, 0.0, 1.0]


def test_a_slow_loader_is_seen(model, tmp_path):
    train(model, watch(stalled_loader=rule(0.5, 2)), tmp_path, 10, data_seconds=0.3)
    assert fired(tmp_path) == [("stalled_loader", 10)]


def test_dead_units_are_seen(model, tmp_path):
    with torch.no_grad():
        model.bert.encoder.layer[1].intermediate.dense.bias.fill_(-50)
    train(model, watch(dead_neurons=rule(0.5)), tmp_path, 1)
    (record,) = lines(tmp_path, "tensors")
    assert record["activations"]["layer.1"]["dead_share"] == 1.0
    assert record["activations"]["layer.0"]["dead_share"] == 0.0
    assert fired(tmp_path) == [("dead_neurons", 1)]


def test_a_saturated_pooler_is_seen(model, tmp_path):
    with torch.no_grad():
        model.bert.pooler.dense.weight.mul_(1000)
    train(model, watch(saturated_activations=rule(0.5)), tmp_path, 1)
    (record,) = lines(tmp_path, "tensors")
    assert record["activations"]["head"]["saturated_share"] > 0.9
    assert record["activations"]["head"]["dead_share"] is None
    assert fired(tmp_path) == [("saturated_activations", 1)]


def test_the_log_tells_a_warning_loud_and_a_note_quietly(model, tmp_path, caplog):
    quiet, loud = rule(0.0, action="note"), rule(0.0)
    with caplog.at_level(logging.INFO, logger="reviewloop.training.watch"):
        train(model, watch(class_imbalance=quiet, stalled_loader=loud), tmp_path, 5)
    told = {record.getMessage().split()[1]: record for record in caplog.records}
    assert told["class_imbalance"].levelno == logging.INFO
    assert told["stalled_loader"].levelno == logging.WARNING
    assert RULES["stalled_loader"].advice in told["stalled_loader"].getMessage()


def test_marks_of_an_epoch_are_kept_and_judged(model, tmp_path):
    config = watch(overfit=rule(0.5, action="stop"))
    with Watcher(config, model, tmp_path, start_step=0, rank=0, world_size=1) as watcher:
        watcher.end_epoch(1, 50, None, ValidationMetrics(0.5, 0.8, 0.7))
        watcher.end_epoch(2, 100, 0.3, ValidationMetrics(0.4, 0.8, 0.7))
        assert not watcher.stop_requested
        watcher.end_epoch(3, 150, 0.2, ValidationMetrics(0.6, 0.7, 0.6))
        assert watcher.stopped_by == "overfit"
    assert [line["epoch"] for line in lines(tmp_path, "epochs")] == [1, 2, 3]
    assert lines(tmp_path, "epochs")[0]["train_loss"] is None
    assert lines(tmp_path, "epochs")[2].keys() == {
        "epoch", "step", "time", "train_loss", "validation_loss", "accuracy", "macro_f1",
    }  # fmt: skip


def test_the_weights_do_not_depend_on_being_watched(tiny_bert, tmp_path):
    weights = []
    for every in (1, 1000):
        model = fresh_model(tiny_bert)
        config = WatchConfig(every_steps=every, system_seconds=30, rules=SHIPPED)
        torch.manual_seed(2)
        train(model, config, tmp_path / str(every), 8)
        weights.append(model.state_dict())
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_another_rank_writes_nothing(model, tmp_path):
    with Watcher(watch(), model, tmp_path / "watch", start_step=0, rank=1, world_size=1) as watcher:
        watcher.end_epoch(1, 50, 0.5, ValidationMetrics(0.5, 0.8, 0.7))
    assert not (tmp_path / "watch").exists()
