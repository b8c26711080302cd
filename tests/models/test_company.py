"""A text's answer beside others, in any order, beside one of 512 tokens: in fp32 to 1e-5, in 8-bit integers bit for bit."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.tiny_models import FILLER, TELLS

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.int8_export import export_int8
from reviewloop.models.predictor import Predictor, load_predictor

LONGEST = 512
WORDS = (*FILLER, *sum(TELLS, ()))
DRAW = np.random.default_rng(5)
LONG = " ".join(DRAW.choice(WORDS, LONGEST))
TEXTS = [LONG, *(" ".join(DRAW.choice(WORDS, length)) for length in (1, 2, 3, 6, 7, 8, 9, 20, 21, 60, 200))]
COMPANIES = st.lists(st.integers(0, len(TEXTS) - 1), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def both_forms(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of 512 tokens whose weights were drawn, as trained and in 8-bit integers."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    folder = tmp_path_factory.mktemp("company")
    source, target = folder / "trained", folder / "int8"
    torch.manual_seed(3)
    config = BertConfig.from_pretrained(tiny_bert, max_position_embeddings=LONGEST, initializer_range=0.4, num_labels=3)
    BertForSequenceClassification(config).save_pretrained(source)
    shutil.copy(tiny_bert / "tokenizer.json", source)
    about = {"kind": "transformer", "labels": list(SENTIMENTS), "max_seq_length": LONGEST, "form": "openvino_int8"}
    export_int8(source, target, TEXTS[1:4], about)
    return target


def alone(predictor: Predictor) -> np.ndarray:
    items = predictor.reader.prepare(TEXTS)
    assert items[0].num_tokens == LONGEST
    answers = np.concatenate([predictor.reader.answer([item]) for item in items])
    assert answers.std(axis=0).min() > 0.01, "the texts have answers of their own"
    return answers


def in_company(predictor: Predictor, places: list[int]) -> np.ndarray:
    """Of these texts with the longest at the end, as one pass of the endpoint."""
    return predictor.reader.answer(predictor.reader.prepare([TEXTS[place] for place in (*places, 0)]))


def test_in_8_bit_integers_it_has_the_same_bits(both_forms: Path) -> None:
    predictor = load_predictor(both_forms, "openvino_int8")
    wanted = alone(predictor)

    @settings(max_examples=40, deadline=None)
    @given(COMPANIES)
    def holds(places: list[int]) -> None:
        assert np.array_equal(in_company(predictor, places), wanted[[*places, 0]])

    holds()


def test_in_fp32_it_is_the_same_to_a_hundred_thousandth(both_forms: Path, in_fp32: None) -> None:
    predictor = load_predictor(both_forms, "as_trained")
    wanted = alone(predictor)

    @settings(max_examples=40, deadline=None)
    @given(COMPANIES)
    def holds(places: list[int]) -> None:
        assert np.abs(in_company(predictor, places) - wanted[[*places, 0]]).max() <= 1e-5

    holds()
