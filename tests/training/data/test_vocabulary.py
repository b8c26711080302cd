import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification
from transformers.modeling_outputs import SequenceClassifierOutput

from reviewloop.models.encoder.transformer import load_classifier
from reviewloop.training import checkpoints
from reviewloop.training.data.vocabulary import ReadRows, num_bytes_left_out, read_only, whole_vocabulary
from reviewloop.training.model_folder import save_model_folder

SIZES = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
SIZES |= {"num_labels": 3, "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0}
TEXTS = [np.array([2, 7, 40, 3]), np.array([2, 59, 3])]


def bert() -> BertForSequenceClassification:
    torch.manual_seed(0)
    return BertForSequenceClassification(BertConfig(**SIZES, pad_token_id=0))


def roberta() -> RobertaForSequenceClassification:
    torch.manual_seed(0)
    return RobertaForSequenceClassification(RobertaConfig(**SIZES, pad_token_id=1, max_position_embeddings=20))


def answer(model) -> SequenceClassifierOutput:
    """One pass over ``TEXTS``, the second padded."""
    pad = model.config.pad_token_id
    ids = torch.tensor([[2, 7, 40, 3], [2, 59, 3, pad]])
    return model(input_ids=ids, attention_mask=torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]]), labels=torch.tensor([0, 2]))


def words(model) -> torch.Tensor:
    return model.get_input_embeddings().weight


@pytest.mark.parametrize("make", [bert, roberta])
def test_answers_and_gradients_are_those_of_the_whole_table(make):
    whole, cut = make(), make()
    read_only(cut, TEXTS)
    expected, found = answer(whole), answer(cut)
    assert torch.equal(found.logits, expected.logits)
    expected.loss.backward()
    found.loss.backward()
    ids = cut.get_input_embeddings().token_ids
    assert words(cut).shape == (len(ids), 16)
    assert torch.equal(words(cut).grad, words(whole).grad[ids])
    others = [(one.grad, other.grad) for one, other in zip(whole.parameters(), cut.parameters(), strict=True)][1:]
    assert others
    assert all(torch.equal(one, other) for one, other in others if one is not None)


@pytest.mark.parametrize("make", [bert, roberta])
def test_what_is_read_learns_the_same_and_what_is_not_stays_as_it_was(make):
    whole, cut = make(), make()
    before = words(whole).detach().clone()
    read_only(cut, TEXTS)
    for model in (whole, cut):
        optimiser = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
        for _ in range(3):
            optimiser.zero_grad()
            answer(model).loss.backward()
            optimiser.step()
    read = torch.zeros(60, dtype=torch.bool)
    read[cut.get_input_embeddings().token_ids] = True
    with whole_vocabulary(cut):
        assert torch.allclose(words(cut)[read], words(whole)[read], rtol=0, atol=1e-6)
        assert torch.equal(words(cut)[~read], before[~read])
    assert not torch.equal(words(whole)[~read], before[~read])  # the decay that nothing asked for


def test_the_padding_has_its_row_and_learns_nothing():
    model = bert()
    read_only(model, TEXTS)
    table = model.get_input_embeddings()
    assert table.token_ids.tolist() == [0, 2, 3, 7, 40, 59]
    answer(model).loss.backward()
    assert not table.weight.grad[0].any()


def test_a_word_that_no_text_holds_is_refused():
    model = bert()
    read_only(model, TEXTS)
    with pytest.raises(IndexError):
        model(input_ids=torch.tensor([[2, 8, 3]]))


def test_a_table_that_lacks_a_token_stays_as_it_is_and_its_first_pass_says_so():
    model = bert()
    read_only(model, [*TEXTS, np.array([60])])
    assert type(model.get_input_embeddings()) is torch.nn.Embedding
    with pytest.raises(IndexError):
        model(input_ids=torch.tensor([[60]]))


def test_a_saved_model_has_every_word_and_training_goes_on_with_the_few(make_job, tmp_path):
    job = make_job("out")
    model = load_classifier(job.base_model, job.labels)
    full = words(model).detach().clone()
    read_only(model, [np.array([2, 7, 3]), np.array([2, 11, 35, 3])])
    with torch.no_grad():
        words(model).add_(1)
    save_model_folder(tmp_path / "model", job, model, {})

    assert isinstance(model.get_input_embeddings(), ReadRows)
    assert len(words(model)) == 6
    saved = words(load_classifier(tmp_path / "model", job.labels)).detach()
    read = model.get_input_embeddings().token_ids
    full[read] += 1
    assert torch.equal(saved, full)


def test_a_run_needs_disk_for_whole_models_and_small_checkpoints():
    whole, cut = bert(), bert()
    read_only(cut, TEXTS)
    assert num_bytes_left_out(whole) == 0
    assert num_bytes_left_out(cut) == (60 - 6) * 16 * 4
    saved = 3 * 3 * num_bytes_left_out(cut)  # three checkpoints with two moments beside the weights
    assert checkpoints.num_bytes_of_run(whole) - checkpoints.num_bytes_of_run(cut) == saved
