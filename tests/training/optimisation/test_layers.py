"""Layers are found in every family alike; the models here are as small as their classes allow, with weights drawn here."""

import pytest
import torch
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    PreTrainedModel,
    RobertaConfig,
)

from reviewloop.errors import ConfigError
from reviewloop.models.encoder.encoder import encoder_layers
from reviewloop.training.job import Job
from reviewloop.training.optimisation.layers import freeze, heights, to_training
from reviewloop.training.optimisation.optimiser import make_optimiser

SMALL = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 24}
FAMILIES = {
    "bert": BertConfig(**SMALL),
    "roberta": RobertaConfig(**SMALL),
    "electra": ElectraConfig(**SMALL, embedding_size=8),
    "modernbert": ModernBertConfig(**SMALL, pad_token_id=0, mlp_dropout=0.2),
    "distilbert": DistilBertConfig(vocab_size=50, dim=16, n_layers=3, n_heads=2, hidden_dim=24),
}
HEADS = {
    "bert": {"classifier", "bert.pooler.dense"},
    "roberta": {"classifier.dense", "classifier.out_proj"},
    "electra": {"classifier.dense", "classifier.out_proj"},
    "modernbert": {"head.dense", "head.norm", "classifier"},
    "distilbert": {"pre_classifier", "classifier"},
}


def build(family: str) -> PreTrainedModel:
    torch.manual_seed(0)
    return AutoModelForSequenceClassification.from_config(FAMILIES[family], dtype=torch.float32)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_parameter_has_its_height(family):
    model = build(family)
    assert len(encoder_layers(model)) == 3
    found = heights(model)
    assert found.keys() == dict(model.named_parameters()).keys()
    assert {name.rpartition(".")[0] for name, height in found.items() if height == 4} == HEADS[family]
    assert all(("embeddings" in name) == (height == 0) for name, height in found.items())
    for number in range(3):
        of_layer = {height for name, height in found.items() if f".layer.{number}." in name or f".layers.{number}." in name}
        assert of_layer == {number + 1}


def test_what_comes_after_the_layers_stands_with_the_topmost():
    assert heights(build("modernbert"))["model.final_norm.weight"] == 3


@pytest.mark.parametrize("family", FAMILIES)
def test_frozen_layers_keep_their_weights_and_the_others_learn(family, job_values):
    model = build(family)
    job = Job.model_validate(job_values | {"frozen_layers": 2})
    freeze(model, job.frozen_layers)
    optimiser = make_optimiser(model, job)
    before = {name: value.clone() for name, value in model.named_parameters()}
    ids = torch.tensor([[2, 9, 17, 3], [2, 30, 31, 3]])
    model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=torch.tensor([0, 1])).loss.backward()
    optimiser.step()
    moved = {name for name, value in model.named_parameters() if not torch.equal(value, before[name])}
    height_of = heights(model)
    assert moved
    assert {height_of[name] for name in moved} == {3, 4}
    assert all(height_of[name] > 2 for group in optimiser.param_groups for name in _names(model, group["params"]))


def test_zero_freezes_nothing_and_all_layers_leave_the_head():
    model = build("bert")
    freeze(model, 0)
    assert all(parameter.requires_grad for parameter in model.parameters())
    freeze(model, 3)
    assert {name.partition(".")[0] for name, one in model.named_parameters() if one.requires_grad} == {"bert", "classifier"}
    assert {name for name, one in model.named_parameters() if one.requires_grad and "bert" in name} == {
        "bert.pooler.dense.weight",
        "bert.pooler.dense.bias",
    }


def test_more_frozen_layers_than_there_are_is_refused_with_their_number():
    with pytest.raises(ConfigError, match=r"^frozen_layers: 4: this encoder has 3 layers; allowed are 0 to 3$"):
        freeze(build("bert"), 4)


@pytest.mark.parametrize("family", FAMILIES)
def test_frozen_layers_draw_no_dropout_and_the_others_do(family):
    model = build(family)
    freeze(model, 2)
    model.eval()
    to_training(model)
    seen: dict[str, list[torch.Tensor]] = {"frozen": [], "learning": []}
    layers = encoder_layers(model)
    layers[1].register_forward_hook(lambda _module, _inputs, output: seen["frozen"].append(_first(output)))
    layers[2].register_forward_hook(lambda _module, _inputs, output: seen["learning"].append(_first(output)))
    ids = torch.tensor([[2, 9, 17, 3], [2, 30, 31, 3]])
    for _ in range(2):
        model(input_ids=ids, attention_mask=torch.ones_like(ids))
    assert torch.equal(*seen["frozen"])
    assert not torch.equal(*seen["learning"])


def test_without_frozen_layers_everything_is_in_training_mode():
    model = build("bert").eval()
    to_training(model)
    assert all(module.training for module in model.modules())


def _first(output: torch.Tensor | tuple[torch.Tensor, ...]) -> torch.Tensor:
    return output if isinstance(output, torch.Tensor) else output[0]


def _names(model: PreTrainedModel, parameters: list[torch.nn.Parameter]) -> list[str]:
    wanted = {id(parameter) for parameter in parameters}
    return [name for name, parameter in model.named_parameters() if id(parameter) in wanted]
