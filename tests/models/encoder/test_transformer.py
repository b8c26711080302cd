import json
import shutil

import pytest
import torch

from reviewloop.errors import ConfigError
from reviewloop.models.encoder.transformer import load_classifier
from reviewloop.training.model_folder import save_model_folder


def test_a_model_that_is_not_there_is_told_in_one_line(tmp_path):
    with pytest.raises(ConfigError, match=r"^base_model: .*: no encoder with safetensors") as told:
        load_classifier(tmp_path, ["a", "b"])
    assert "\n" not in str(told.value)


def test_weights_stored_in_half_precision_are_trained_in_full(tiny_bert, tmp_path):
    folder = tmp_path / "half"
    load_classifier(tiny_bert, ["a", "b"]).to(torch.bfloat16).save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text())["dtype"] == "bfloat16"
    model = load_classifier(folder, ["a", "b"])
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_weights_as_a_pickle_are_refused(tiny_bert, tmp_path):
    folder = tmp_path / "pickled"
    shutil.copytree(tiny_bert, folder)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(ConfigError, match="safetensors"):
        load_classifier(folder, ["a", "b"])


def test_the_model_folder_names_the_classes_and_the_numbers_others_know_them_by(make_job, tmp_path):
    job = make_job("out")
    save_model_folder(tmp_path, job, load_classifier(job.base_model, job.labels), {"epoch": 2})
    about = json.loads((tmp_path / "model.json").read_text())
    assert about == {
        "kind": "transformer",
        "labels": ["negative", "neutral", "positive"],
        "polarities": [-1, 0, 1],
        "max_seq_length": 48,
        "epoch": 2,
    }


def test_other_classes_have_no_such_numbers(make_job, tmp_path):
    job = make_job("out", labels=["bad", "good"])
    save_model_folder(tmp_path, job, load_classifier(job.base_model, job.labels), {})
    assert "polarities" not in json.loads((tmp_path / "model.json").read_text())
