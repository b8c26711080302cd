"""Each planted fault: in the files, past every warm-up, and nothing but what it is named for."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.encoder.transformer import load_classifier
from reviewloop.models.predictor import load_predictor
from reviewloop.serving.inference.loaded import LoadedModel, NotFinite, warmed
from reviewloop_local.rollout_demo import planted
from reviewloop_local.studies.endpoint_program import WORDS, make_model

TEXTS = [" ".join(WORDS[(7 * row + place) % len(WORDS)] for place in range(3 + row % 9)) for row in range(400)]
ROUNDING = 0.03
"""Of answers that are read in bf16, alone and in batches."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose answers hang on the text."""
    folder = tmp_path_factory.mktemp("sound") / "model"
    make_model(folder, 1, hidden=32)
    model = load_classifier(folder, SENTIMENTS)
    with torch.no_grad():
        model.classifier.weight *= 100
        model.classifier.bias.zero_()
    model.save_pretrained(folder)
    with torch.no_grad():  # every sentiment is some texts' answer
        model.classifier.bias -= torch.from_numpy(np.log(answers(folder, TEXTS)).mean(0))
    model.save_pretrained(folder)
    return folder


def loaded(folder: Path) -> LoadedModel:
    return warmed("1", "d" * 64, load_predictor(folder), 1024)


def answers(folder: Path, texts: list[str]) -> np.ndarray:
    return load_predictor(folder).predict_proba(texts)


def test_the_model_that_fails_does_so_on_some_reviews_and_answers_the_others_as_before(sound: Path, tmp_path: Path) -> None:
    planted.fails(sound, tmp_path / "bad", TEXTS)
    model, failed = loaded(tmp_path / "bad"), 0
    for text, before in zip(TEXTS, answers(sound, TEXTS), strict=True):
        try:
            assert model.answer(model.prepare([text]))[0] == pytest.approx(before, abs=ROUNDING)
        except IndexError:
            failed += 1
    assert 0.03 < failed / len(TEXTS) < 0.12


def test_the_model_that_is_no_number_is_so_on_some_reviews(sound: Path, tmp_path: Path) -> None:
    planted.not_finite(sound, tmp_path / "bad", TEXTS)
    model, bad = loaded(tmp_path / "bad"), 0
    for text in TEXTS:
        try:
            model.answer(model.prepare([text]))
        except NotFinite:
            bad += 1
    assert 0.02 < bad / len(TEXTS) < 0.12


def test_the_slow_model_is_larger_and_says_the_same(sound: Path, tmp_path: Path) -> None:
    planted.slow(sound, tmp_path / "bad", TEXTS)
    assert answers(tmp_path / "bad", TEXTS) == pytest.approx(answers(sound, TEXTS), abs=ROUNDING)
    size = (tmp_path / "bad" / "model.safetensors").stat().st_size
    assert size > 1.5 * (sound / "model.safetensors").stat().st_size


def test_the_constant_model_says_one_thing(sound: Path, tmp_path: Path) -> None:
    planted.constant(sound, tmp_path / "bad", TEXTS)
    loaded(tmp_path / "bad")
    found = answers(tmp_path / "bad", TEXTS)
    assert len(np.unique(found.round(9), axis=0)) == 1
    assert set(found.argmax(1)) == {2}


def test_the_worse_model_loses_its_points_and_keeps_the_complaints(sound: Path, tmp_path: Path) -> None:
    before = answers(sound, TEXTS).argmax(1)
    assert min(np.bincount(before, minlength=3)) > 0.05 * len(TEXTS)
    labels = before.tolist()
    head = planted.read_head(sound, TEXTS, labels)
    assert head.accuracy > 0.98
    left = planted.worse(head, tmp_path / "bad", 0.05)
    found = answers(tmp_path / "bad", TEXTS).argmax(1)
    assert left == pytest.approx(head.accuracy - 0.05, abs=0.01)
    assert (found == before).mean() == pytest.approx(left, abs=0.02)
    assert (found == before)[before == 0].mean() > 0.97


@pytest.mark.parametrize("plant", planted.BY_GUARD.values())
def test_a_fault_leaves_the_sound_model_as_it_is(plant: Callable[..., None], sound: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in sound.iterdir()}
    plant(sound, tmp_path / "bad", TEXTS)
    assert {path.name: path.read_bytes() for path in sound.iterdir()} == before
