"""The served form is another artifact, made once, and it is what is evaluated."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.steps.train.test_finetune import training  # noqa: F401

from reviewloop import config
from reviewloop.adapters.lake import artifacts, model_store
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.adapters.lake.model_store import fetch_forms
from reviewloop.models.about import read_about
from reviewloop.models.encoder.token_reader import load_token_reader
from reviewloop.models.kinds.table import Form
from reviewloop.models.predictor import Predictor, load_predictor
from reviewloop.models.reader import Prepared
from reviewloop.refs import ModelRef, TrainingRef
from reviewloop.steps.train import export_served as step
from reviewloop.steps.train.export_served import export_served
from reviewloop.steps.train.finetune import finetune

pytestmark = pytest.mark.contract


class Constant:
    """A reader whose every answer is negative."""

    def prepare(self, texts: Sequence[str]) -> list[Prepared]:
        return [Prepared(text, 1) for text in texts]

    def answer(self, items: Sequence[Prepared]) -> np.ndarray:
        return np.tile([0.8, 0.1, 0.1], (len(items), 1))


def test_it_is_published_beside_the_trained_model_found_again_and_holds_no_review(training: TrainingRef) -> None:  # noqa: F811
    model = finetune(training)
    exported = export_served(model, training)
    assert exported.digest != model.digest
    assert (exported.kind, exported.job_key, exported.page_uri) == (model.kind, model.job_key, model.page_uri)
    folder = model_store.fetch_model(exported.uri, exported.digest)
    about = read_about(folder)
    assert (about["form"], about["exported_from"]) == ("openvino_int8", model.digest)
    forms = fetch_forms(exported.uri, exported.digest)
    assert [predictor.form for predictor in forms] == ["openvino_int8", "as_trained"]
    assert [predictor.predict_proba(["love great"]).argmax() for predictor in forms] == [2, 2]
    assert export_served(model, training) == exported
    assert finetune(training) == model, "the pointer of the trained model is its own"

    kept = {tuple(ids) for ids in json.loads((folder / "self_test.json").read_text())["ids"]}
    snapshot = artifacts.open_artifact(training.features.uri)
    parts = (from_parquet(snapshot.read(f"{part}.parquet"))["model_text"] for part in ("train", "validation"))
    read = load_token_reader(folder, training.features.max_seq_length).prepare
    reviews = {tuple(item.content.tolist()) for part in parts for item in read(list(part))}
    assert len(kept) > 20
    assert not kept & reviews, "no review stays in the model's self-test"


def test_what_integers_would_spoil_is_served_as_trained_and_says_so(
    training: TrainingRef,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = config.load_config()
    few = loaded.training.served_limits.model_copy(update={"min_rows": 10})
    room = loaded.training.model_copy(update={"served_limits": few})
    monkeypatch.setattr(step, "load_config", lambda: loaded.model_copy(update={"training": room}))
    model, loaded_forms = finetune(training), []

    def spoilt(folder: Path, form: Form | None = None) -> Predictor:
        loaded_forms.append(form)
        predictor = load_predictor(folder, form)
        return predictor if form is None else replace(predictor, reader=Constant())

    monkeypatch.setattr(step, "load_predictor", spoilt)
    served = export_served(model, training)
    assert (served.uri, served.digest) == (model.uri, model.digest)
    (warning,) = served.warnings
    assert warning.startswith("served as trained, not openvino_int8: on the validation part it changes ")
    assert "of the answers, at most 1.00% are allowed; it costs 0." in warning
    assert export_served(model, training) == served
    assert loaded_forms == [None, "openvino_int8"], "asked once, though it was declined"


def test_who_serves_as_trained_exports_nothing(training: TrainingRef, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    loaded = config.load_config()
    room = loaded.training.model_copy(update={"serve_as": "as_trained"})
    plain = loaded.model_copy(update={"training": room})
    monkeypatch.setattr("reviewloop.steps.train.export_served.load_config", lambda: plain)
    model = ModelRef(kind="transformer", uri="s3://lake/models/m", digest="d", job_key=training.job_key, mlflow_run_id="r")
    assert export_served(model, training) == model
