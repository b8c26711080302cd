"""Answers and embeddings of one pass: the answers keep their bits, and the embeddings are what the answers are computed from."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.helpers.tiny_models import reviews
from transformers import BertConfig, DistilBertConfig, PreTrainedModel, RobertaConfig

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models import baseline, random_projection
from reviewloop.models.encoder.device import autocast
from reviewloop.models.encoder.head_input import telling_twin
from reviewloop.models.encoder.logits import pass_logits, pass_reading
from reviewloop.models.encoder.transformer import load_classifier
from reviewloop.models.predictor import Predictor, load_predictor
from reviewloop.models.random_projection import NUM_DIMENSIONS, sparse_projection
from reviewloop.models.reader import Prepared, Reading

SMALL = {"vocab_size": 40, "num_labels": 3, "max_position_embeddings": 66}
LAYERS = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "initializer_range": 0.5}
OF_DISTILBERT = {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32, "initializer_range": 0.5}
CONFIGS = {
    "bert": lambda: BertConfig(**SMALL, **LAYERS),
    "roberta": lambda: RobertaConfig(**SMALL, **LAYERS, pad_token_id=1),
    "distilbert": lambda: DistilBertConfig(**SMALL, **OF_DISTILBERT),
}
TOKENS = [np.array([2, *range(5, 5 + num), 3], dtype=np.int64) for num in (3, 30, 11, 1)]


@pytest.fixture(params=CONFIGS)
def classifier(request: pytest.FixtureRequest, tmp_path: Path) -> PreTrainedModel:
    from transformers import AutoModelForSequenceClassification

    torch.manual_seed(1)
    AutoModelForSequenceClassification.from_config(CONFIGS[request.param]()).save_pretrained(tmp_path)
    return load_classifier(tmp_path, SENTIMENTS).eval()


@pytest.fixture
def linear(tmp_path: Path) -> Predictor:
    texts, labels = reviews(200, seed=1)
    pipeline = baseline.fit(texts, np.array(labels), np.ones(200), ngram_max=1, min_df=1, max_features=100, c=10.0, seed=0)
    (tmp_path / "model.skops").write_bytes(baseline.to_skops(pipeline))
    (tmp_path / "model.json").write_text(json.dumps({"kind": "baseline", "labels": SENTIMENTS}))
    return load_predictor(tmp_path)


def test_the_logits_keep_their_bits_and_follow_from_what_the_head_read(classifier: PreTrainedModel) -> None:
    logits, states = pass_reading(classifier, TOKENS, 1, 64)
    assert torch.equal(logits, pass_logits(classifier, TOKENS, 1, 64))
    assert states is not None
    assert (states.shape, states.dtype) == ((4, 16), torch.float32)
    assert states.std(dim=0).max() > 0.1, "texts differ"
    alone = states if classifier.config.model_type != "roberta" else states[:, None]
    with torch.inference_mode(), autocast(classifier.device):
        assert torch.allclose(classifier.classifier(alone).float(), logits, atol=1e-5)


def test_whoever_asks_for_answers_alone_asks_the_very_model_that_was_loaded(classifier: PreTrainedModel) -> None:
    head, before = classifier.classifier, dict(classifier._modules)
    twin, _ = telling_twin(classifier)
    pass_reading(classifier, TOKENS, 1, 64)
    assert classifier._modules == before
    assert classifier.classifier is head
    assert not classifier.classifier._forward_pre_hooks
    assert {id(one) for one in twin.parameters()} == {id(one) for one in classifier.parameters()}


def test_a_head_of_another_name_gives_answers_and_no_embedding(
    classifier: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewloop.models.encoder.head_input.HEAD", "score")
    logits, states = pass_reading(classifier, TOKENS, 1, 64)
    assert states is None
    assert torch.equal(logits, pass_logits(classifier, TOKENS, 1, 64))


def test_row_by_row_in_the_order_of_the_texts_whatever_the_passes(linear: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*reviews(40, seed=2)[0], "", "love", "w1 " * 300]
    monkeypatch.setattr("reviewloop.models.predictor.PASS_TOKENS", 64)
    found = linear.read(texts)
    assert np.array_equal(found.probabilities, linear.predict_proba(texts))
    assert (found.embeddings.shape, found.embeddings.dtype) == ((43, NUM_DIMENSIONS), np.float32)
    alone = [linear.read([text]) for text in texts]
    assert np.array_equal(found.embeddings, np.concatenate([one.embeddings for one in alone]))
    assert not found.embeddings[40].any(), "no word, no vector"
    assert found.embeddings[41].any()


def test_of_no_text_there_is_no_embedding(linear: Predictor) -> None:
    found = linear.read([])
    assert (found.probabilities.shape, found.embeddings) == ((0, 3), None)


def test_a_pass_without_embeddings_leaves_the_whole_without() -> None:
    class Forgets:
        def prepare(self, texts: list[str]) -> list[Prepared]:
            return [Prepared(text, 4096) for text in texts]

        def answer(self, items: list[Prepared]) -> np.ndarray:
            return np.full((len(items), 3), 1 / 3)

        def read(self, items: list[Prepared]) -> Reading:
            return Reading(self.answer(items), np.ones((1, 2), dtype=np.float32) if items[0].content == "b" else None)

    predictor = Predictor("forgetful", "as_trained", Forgets())
    assert predictor.read(["a", "b"]).embeddings is None
    assert predictor.read(["b"]).embeddings.tolist() == [[1, 1]]


def test_distances_of_tf_idf_vectors_survive_the_projection(linear: Predictor) -> None:
    texts, _ = reviews(300, seed=5)
    whole = linear.reader.pipeline["tfidf"].transform(texts).toarray()
    short = linear.read(texts).embeddings.astype("float64")
    ratio = np.array([((short[i] - short[i + 1]) ** 2).sum() / ((whole[i] - whole[i + 1]) ** 2).sum() for i in range(299)])
    assert ratio.mean() == pytest.approx(1, abs=0.05)
    assert ratio.std() == pytest.approx(np.sqrt(2 / NUM_DIMENSIONS), rel=0.3)


def test_the_matrix_is_the_same_in_every_process_and_for_ever() -> None:
    matrix = sparse_projection(3000)
    scale = np.float32(np.sqrt(3 / NUM_DIMENSIONS))
    assert np.unique(matrix).tolist() == [-scale, 0, scale]
    assert [(matrix == one).mean() for one in (-scale, 0, scale)] == pytest.approx([1 / 6, 2 / 3, 1 / 6], abs=0.003)
    signs = np.sign(matrix).astype(np.int8)
    assert hashlib.sha256(signs.tobytes()).hexdigest()[:16] == "6e09ffa0ff3d69e3"
    random_projection.sparse_projection.cache_clear()
    np.random.seed(1)
    assert np.array_equal(sparse_projection(3000), matrix)
