"""A training begins from the weights that it was asked to begin from."""

import json
import logging
from pathlib import Path

import pytest

from reviewloop.errors import ConfigError
from reviewloop.models.encoder.pretrained import files_digest, pin
from reviewloop.training.finetune import finetune, main


def test_other_weights_under_the_same_name_are_refused_by_name(make_job, tiny_bert: Path) -> None:
    job = make_job("out", base_model_pin=f"sha256:{'0' * 64}", epochs=1)
    with pytest.raises(ConfigError, match=rf"^base_model: {tiny_bert} is {pin(str(tiny_bert))} on this machine, and sha256:0000"):
        finetune(job)
    assert not (job.output / "result.json").exists()


def test_the_program_leaves_the_reason_for_whoever_asks(make_job, caplog: pytest.LogCaptureFixture) -> None:
    job = make_job("out", base_model_pin="revision:1", epochs=1)
    with caplog.at_level(logging.ERROR):
        assert main(["--job", str(job.output / "job.json")]) == 1
    assert json.loads((job.output / "failure.json").read_text())["error"].startswith("ConfigError: base_model: ")


def test_a_model_and_its_result_tell_what_they_were_made_from(make_job, tiny_bert: Path) -> None:
    job = make_job("out", base_model_pin=pin(str(tiny_bert)), epochs=1, batch_size=40)
    finetune(job)
    for name in ("result.json", "model/model.json"):
        assert json.loads((job.output / name).read_text())["base_model_digest"] == files_digest(tiny_bert)
