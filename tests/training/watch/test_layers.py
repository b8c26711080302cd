"""Layers and activation functions of several families of encoder, each tiny and made here."""

import pytest
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    ModernBertConfig,
    ModernBertForSequenceClassification,
    RobertaConfig,
    RobertaForSequenceClassification,
)

from reviewloop.training.watch import layers
from reviewloop.training.watch.tensors import TensorProbe

SIZE = {"vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
PADDING = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}


def bert():
    return BertForSequenceClassification(BertConfig(**SIZE, num_labels=3))


def roberta():
    return RobertaForSequenceClassification(RobertaConfig(**SIZE, num_labels=3))


def distilbert():
    return DistilBertForSequenceClassification(
        DistilBertConfig(vocab_size=40, dim=16, n_layers=3, n_heads=2, hidden_dim=32, num_labels=3)
    )


def modernbert():
    return ModernBertForSequenceClassification(ModernBertConfig(**SIZE, **PADDING, num_labels=3))


FAMILIES = [bert, roberta, distilbert, modernbert]


@pytest.mark.parametrize("make", FAMILIES)
def test_every_parameter_has_its_layer_from_the_bottom_up(make):
    model = make()
    groups = layers.parameters(model)
    assert list(groups) == ["embeddings", "layer.0", "layer.1", "layer.2", "head"]
    assert sum(map(len, groups.values())) == len(list(model.parameters()))
    assert len(groups["layer.0"]) > 4
    heads = {id(parameter) for name, parameter in model.named_parameters() if name.startswith("classifier.")}
    assert heads <= {id(parameter) for parameter in groups["head"]}


@pytest.mark.parametrize("make", FAMILIES)
def test_a_step_of_every_family_is_read(make):
    model = make().train()
    probe = TensorProbe(model)
    probe.attach()
    loss = model(input_ids=torch.randint(3, 40, (2, 8)), labels=torch.tensor([0, 2])).loss
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    probe.before_update()
    record = probe.read(1, norm)
    assert list(record.layers) == ["embeddings", "layer.0", "layer.1", "layer.2", "head"]
    assert all(0 <= record.activations[f"layer.{number}"].dead_share < 0.5 for number in range(3))
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize("make", [bert, roberta])
def test_a_tanh_in_the_head_is_looked_at_whether_module_or_function(make):
    model = make().eval()
    probe = TensorProbe(model)
    dense = model.bert.pooler.dense if make is bert else model.classifier.dense
    with torch.no_grad():
        dense.weight.zero_()
        dense.bias.copy_(torch.tensor([50.0] * 12 + [0.0] * 4))
    probe.attach()
    model(input_ids=torch.randint(3, 40, (2, 8)))
    assert probe.read(1, torch.zeros(())).activations["head"].saturated_share == pytest.approx(0.75)


def test_a_unit_that_lives_in_one_of_several_passes_is_alive():
    model = bert().eval()
    probe = TensorProbe(model)
    dense = model.bert.encoder.layer[0].intermediate.dense
    probe.attach()
    for bias in (-50.0, 1.0, -50.0):
        with torch.no_grad():
            dense.weight.zero_()
            dense.bias.fill_(bias)
        model(input_ids=torch.randint(3, 40, (2, 8)))
    assert probe.read(1, torch.zeros(())).activations["layer.0"].dead_share == 0.0


def test_large_tensors_are_measured_by_a_sample_near_the_whole():
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig(**{**SIZE, "vocab_size": 30_000}, num_labels=3))
    probe = TensorProbe(model)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    probe.before_update()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.01)
    record = probe.read(1, torch.zeros(()))
    for layer in record.layers.values():
        assert layer.update_ratio == pytest.approx(0.01, rel=1e-3)


def test_values_that_are_not_finite_come_through():
    model = bert()
    probe = TensorProbe(model)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    model.classifier.weight.grad[0, 0] = float("nan")
    probe.before_update()
    record = probe.read(1, torch.tensor(float("nan")))
    assert record.layers["head"].largest != record.layers["head"].largest
