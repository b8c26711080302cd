"""Computed for the first token alone, the topmost layer gives the answers and the gradients that it gave before."""

import pytest
import torch
from tests.training.optimisation.test_layers import FAMILIES as SMALL_MODELS
from tests.training.optimisation.test_layers import SMALL, build
from transformers import CamembertConfig, PreTrainedModel, XLMRobertaConfig

from reviewloop.models.encoder.encoder import encoder_layers
from reviewloop.models.encoder.first_token import FAMILIES, FirstTokenLayer, read_first_token
from reviewloop.models.encoder.transformer import load_classifier

READING_THE_FIRST = {
    "bert": SMALL_MODELS["bert"],
    "camembert": CamembertConfig(**SMALL),
    "electra": SMALL_MODELS["electra"],
    "roberta": SMALL_MODELS["roberta"],
    "xlm-roberta": XLMRobertaConfig(**SMALL),
}
IDS = torch.tensor([[2, 7, 8, 9, 3], [2, 30, 3, 1, 1]])
MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])


def answers_and_gradients(model: PreTrainedModel) -> dict[str, torch.Tensor]:
    model.zero_grad()
    logits = model(input_ids=IDS, attention_mask=MASK).logits
    logits.square().sum().backward()
    # A key's bias adds the same to all scores of a query, so that its gradient is rounding alone.
    gradients = {name: one.grad for name, one in model.named_parameters() if not name.endswith("key.bias")}
    return {"logits": logits.detach()} | {name: grad.clone() for name, grad in gradients.items() if grad is not None}


def test_every_family_is_tried_here():
    assert set(READING_THE_FIRST) == set(FAMILIES)


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_changes_but_the_work(family, attention, monkeypatch):
    monkeypatch.setitem(SMALL_MODELS, family, READING_THE_FIRST[family])
    model = build(family).double().eval()
    model.set_attn_implementation(attention)
    whole = answers_and_gradients(model)
    names = list(model.state_dict())

    read_first_token(model)

    assert isinstance(encoder_layers(model)[-1], FirstTokenLayer)
    assert list(model.state_dict()) == names
    short = answers_and_gradients(model)
    assert short.keys() == whole.keys()
    for name, value in whole.items():
        torch.testing.assert_close(short[name], value, rtol=1e-7, atol=1e-9, msg=lambda told, name=name: f"{name}: {told}")


def test_the_topmost_layer_computes_one_token_a_row():
    model = build("bert").eval()
    read_first_token(model)
    assert model.bert(input_ids=IDS, attention_mask=MASK).last_hidden_state.shape == (2, 1, 16)


def test_in_training_the_attention_drops_what_it_dropped_before():
    model = build("bert").train()
    read_first_token(model)
    for layer in encoder_layers(model):
        layer.attention.self.dropout.p = 1.0  # nothing is attended to: what the others say no longer matters
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout) and part.p < 1:
            part.p = 0.0
    one, other = (model(input_ids=IDS[:1, :2].where(torch.tensor([True, keep]), 11)).logits for keep in (True, False))
    assert torch.equal(one, other)


@pytest.mark.parametrize("family", ["modernbert", "distilbert"])
def test_another_family_stays_as_it_is(family):
    model = build(family)
    before = list(encoder_layers(model))
    read_first_token(model)
    assert list(encoder_layers(model)) == before


def test_a_saved_classifier_is_a_plain_one_to_others(tiny_bert, tmp_path):
    from transformers import AutoModelForSequenceClassification

    ours = load_classifier(tiny_bert, ["a", "b"]).eval()
    ours.save_pretrained(tmp_path)
    theirs = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    ids = torch.tensor([[2, 9, 10, 11, 3]])
    torch.testing.assert_close(ours(input_ids=ids).logits, theirs(input_ids=ids).logits)
