"""Hidden states begin in autocast's type on a CPU, and stay in it from layer to layer."""

import pytest
import torch
from tests.models.encoder.test_first_token import IDS, MASK, READING_THE_FIRST
from tests.training.optimisation.test_layers import FAMILIES as SMALL_MODELS
from tests.training.optimisation.test_layers import build
from transformers import PreTrainedModel

from reviewloop.models.encoder.encoder import encoder_layers
from reviewloop.models.encoder.first_token import FAMILIES
from reviewloop.models.encoder.residuals import narrow_residuals
from reviewloop.models.encoder.transformer import load_classifier


def in_bf16(model: PreTrainedModel) -> tuple[torch.Tensor, set[torch.dtype]]:
    """The answers under autocast, and the types of the hidden states that the layers get and give."""
    types: set[torch.dtype] = set()

    def look(_: torch.nn.Module, given: tuple[torch.Tensor, ...], made: torch.Tensor) -> None:
        types.update((given[0].dtype, made.dtype))

    hooks = [layer.register_forward_hook(look) for layer in encoder_layers(model)]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        answers = model(input_ids=IDS, attention_mask=MASK).logits
    for hook in hooks:
        hook.remove()
    return answers.float(), types


@pytest.mark.parametrize("family", FAMILIES)
def test_under_autocast_hidden_states_are_bf16_and_the_answers_are_near_those_of_fp32(family, monkeypatch):
    monkeypatch.setitem(SMALL_MODELS, family, READING_THE_FIRST[family])
    model = build(family).eval()
    expected = model(input_ids=IDS, attention_mask=MASK).logits
    wide, types_before = in_bf16(model)

    narrow_residuals(model)

    narrow, types = in_bf16(model)
    if family != "electra":  # its projection of narrower embeddings is a product
        assert torch.float32 in types_before
    assert types == {torch.bfloat16}
    largest = expected.abs().max().item()
    assert (narrow - expected).abs().max().item() < 0.05 * largest
    assert (wide - expected).abs().max().item() < 0.05 * largest


def test_gradients_flow_through_to_the_embeddings():
    model = build("bert")
    narrow_residuals(model)
    in_bf16(model)[0].square().sum().backward()
    gradient = model.get_input_embeddings().weight.grad
    assert gradient.dtype == torch.float32
    assert gradient.abs().sum() > 0


def test_without_autocast_nothing_changes():
    model = build("bert").double().eval()
    before = model(input_ids=IDS, attention_mask=MASK).logits
    narrow_residuals(model)
    assert torch.equal(model(input_ids=IDS, attention_mask=MASK).logits, before)


def test_a_family_whose_sums_are_not_normalised_at_once_stays_as_it_is():
    model = build("modernbert").eval()
    before = in_bf16(model)
    narrow_residuals(model)
    after = in_bf16(model)
    assert torch.equal(after[0], before[0])
    assert after[1] == before[1]


def test_a_loaded_classifier_has_it(tiny_bert):
    model = load_classifier(tiny_bert, ("a", "b"))
    assert in_bf16(model)[1] == {torch.bfloat16}
