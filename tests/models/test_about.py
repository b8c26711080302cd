"""``model.json`` against the table of kinds and forms."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import PermanentError
from reviewloop.models.about import ABOUT, checked_about, loader_of
from reviewloop.models.kinds.table import AS_TRAINED, FORMS, KINDS
from reviewloop.models.reader import Prepared


@dataclass(frozen=True)
class Constant:
    share: float

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        return [Prepared(text, 1) for text in texts]

    def answer(self, items: Sequence[Prepared]) -> np.ndarray:
        return np.full((len(items), 3), self.share)


def folder(at: Path, files: tuple[str, ...] = (), **about: Any) -> Path:
    (at / ABOUT).write_text(json.dumps({"labels": list(SENTIMENTS), **about}))
    for name in files:
        (at / name).touch()
    return at


def test_a_model_that_does_not_say_its_form_is_as_trained(tmp_path: Path) -> None:
    about = checked_about(folder(tmp_path, ("model.skops",), kind="baseline"))
    assert about["form"] == AS_TRAINED
    assert loader_of(about) is KINDS["baseline"][AS_TRAINED]


def test_every_kind_can_be_loaded_as_trained_and_only_in_known_forms() -> None:
    for forms in KINDS.values():
        assert AS_TRAINED in forms
        assert set(forms) <= set(FORMS)


def test_an_unknown_kind_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="model.json: kind: 'oracle' is not one of 'baseline', 'transformer'$"):
        checked_about(folder(tmp_path, kind="oracle"))
    with pytest.raises(PermanentError, match="kind: None is not one of"):
        checked_about(folder(tmp_path))


def test_a_form_that_nothing_loads_is_refused_with_those_that_can_be(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="form: 'openvino_int8' of a baseline cannot be loaded; what can be is 'as_trained'$"):
        checked_about(folder(tmp_path, kind="baseline", form="openvino_int8"))
    with pytest.raises(PermanentError, match="form: 'gguf' is not one of 'as_trained', 'openvino_int8'$"):
        checked_about(folder(tmp_path, kind="transformer", form="gguf"))


def test_what_a_kind_needs_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="no model.skops; a baseline, as_trained, is made of model.json, model.skops$"):
        checked_about(folder(tmp_path, kind="baseline"))
    with pytest.raises(PermanentError, match="model.json: max_seq_length: is missing; a transformer needs it$"):
        checked_about(folder(tmp_path, kind="transformer"))
    half = ("config.json", "tokenizer.json")
    with pytest.raises(PermanentError, match=r"no \*\.safetensors; a transformer"):
        checked_about(folder(tmp_path, half, kind="transformer", max_seq_length=48))
    whole = folder(tmp_path, ("model-00001-of-00002.safetensors",), kind="transformer", max_seq_length=48)
    assert checked_about(whole)["max_seq_length"] == 48


def test_a_new_kind_is_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reviewloop.models import about as room
    from reviewloop.models.explainer import load_explainer
    from reviewloop.models.kinds.table import Loader
    from reviewloop.models.predictor import load_predictor

    loader = Loader(
        ("words.json",),
        ("share",),
        lambda place, about: Constant(about["share"]),
        lambda place, about, num_steps: (f"{num_steps} looks", lambda text: text),
    )
    monkeypatch.setattr(room, "KINDS", {**KINDS, "constant": {AS_TRAINED: loader}})
    made = folder(tmp_path, ("words.json",), kind="constant", share=1 / 3)
    predictor = load_predictor(made)
    assert (predictor.kind, predictor.form) == ("constant", AS_TRAINED)
    assert predictor.predict_proba(["a", "b"]).tolist() == [[1 / 3] * 3] * 2
    assert (load_explainer(made, 5).kind, load_explainer(made, 5).method) == ("constant", "5 looks")
