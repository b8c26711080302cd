"""What the training steps made is made again by ``reproduce``, from what ledger and manifests tell alone: bit for bit."""

import pytest
from tests.steps.train.test_finetune import training  # noqa: F401

from reviewloop import config
from reviewloop.adapters.provenance import provenance
from reviewloop.adapters.release import ledger
from reviewloop.core.release.events import Draft, program
from reviewloop.refs import TrainingRef
from reviewloop.reproduce import main
from reviewloop.steps.train import finetune as finetune_step
from reviewloop.steps.train.export_served import export_served
from reviewloop.steps.train.finetune import finetune

pytestmark = pytest.mark.contract


def test_a_served_transformer_is_made_again(
    training: TrainingRef,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    served = export_served(finetune(training), training)
    loaded = config.load_config().model_copy(update={"training": finetune_step.load_config().training})
    monkeypatch.setattr(config, "load_config", lambda: loaded)
    here, features = provenance(), training.features
    lineage = {
        "features_uri": features.uri, "features_digest": features.digest, "code_digest": here.code_digest,
        "lock_digest": here.lock_digest, "git_commit": here.git_commit, "seed": "7", "epochs": "3", "learning_rate": "0.002",
        "max_seq_length": "48", "base_model": loaded.training.transformer.model, "base_model_pin": training.base_model_pin,
        "training_digest": loaded.digest("training"),
    }  # fmt: skip
    facts = {"job_key": training.job_key, "verdict": "passed", "lineage": lineage}
    ledger.append(lambda _: Draft("judged", program("gate_model"), None, served.digest, facts))
    told = {"job_key": training.job_key, "source": served.uri}
    ledger.append(lambda _: Draft("registered", program("register"), "1", served.digest, told))

    status = main(["1"])
    said = capsys.readouterr()
    assert (status, said.out.splitlines()[-1]) == (0, "version 1 is bit-equal"), said.out + said.err
