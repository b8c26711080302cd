"""A job begins once, and says why it will not begin again."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.helpers import released
from tests.helpers.court import good

from reviewloop.adapters import deployed, judging
from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.mlflow import runs
from reviewloop.adapters.mlflow.connection import client
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.provenance import provenance
from reviewloop.config import Config, load_config
from reviewloop.errors import ConfigError, ModelRejected, NothingToDo
from reviewloop.models.encoder.pretrained import pin
from reviewloop.refs import ModelRef, TrainingRef
from reviewloop.steps.train import begin_training
from reviewloop.steps.train.finetune import finetune
from reviewloop.steps.train.train_baseline import train_baseline

pytestmark = pytest.mark.contract


def changed(**gate: object) -> Config:
    config = load_config()
    return config.model_copy(update={"gates": (config.gates[0].model_copy(update=gate), *config.gates[1:])})


def test_a_second_try_finds_the_job_and_its_run(court) -> None:
    first = court.begin()
    assert court.begin() == first
    assert (first.epochs, first.seed) == (load_config().training.transformer.epochs, load_config().training.seed)


def test_the_run_carries_the_lineage(court) -> None:
    training = court.begin(seed=7)
    tags = runs.run_tags(training.mlflow_run_id)
    found = {key.removeprefix("reviewloop."): value for key, value in tags.items() if key.startswith("reviewloop.")}
    assert found["job_key"] == training.job_key
    assert found["features_uri"] == training.features.uri
    assert found["features_digest"] == training.features.digest
    assert found["config_digest"] == court.config.digest()
    assert found["git_commit"] == provenance().git_commit
    assert found["lock_digest"] == provenance().lock_digest
    assert (found["seed"], found["trigger"], found["dag_run"]) == ("7", "by hand", "run-1")


def with_model(name: str) -> Config:
    config = load_config()
    transformer = config.training.transformer.model_copy(update={"model": name})
    return config.model_copy(update={"training": config.training.model_copy(update={"transformer": transformer})})


def test_other_weights_under_the_same_name_are_another_job(
    court, tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "bert")
    monkeypatch.setattr(begin_training, "load_config", lambda: with_model(str(folder)))
    first = court.begin()
    assert court.begin() == first
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    other = court.begin()
    assert other.job_key != first.job_key
    tags = runs.run_tags(other.mlflow_run_id)
    assert (tags["reviewloop.base_model"], tags["reviewloop.base_model_pin"]) == (str(folder), other.base_model_pin)
    assert other.base_model_pin == pin(str(folder)) != first.base_model_pin


def test_another_revision_of_a_hub_id_is_another_job_and_none_is_refused(court, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    for revision in ("a" * 40, "b" * 40):
        monkeypatch.setattr(begin_training, "load_config", lambda name=f"org/bert@{revision}": with_model(name))
        begun.append(court.begin())
        assert begun[-1].base_model_pin == f"revision:{revision}"
    assert begun[0].job_key != begun[1].job_key
    monkeypatch.setattr(begin_training, "load_config", lambda: with_model("org/bert"))
    with pytest.raises(ConfigError, match="org/bert@ and the 40 hex digits"):
        court.begin()


@pytest.mark.parametrize("knob", [{"epochs": 9}, {"learning_rate": 0.002}, {"seed": 1}, {"force": True}])
def test_another_knob_is_another_job(court, knob: dict[str, object]) -> None:
    assert court.begin(**knob).job_key != court.begin().job_key


def test_other_features_are_another_job(court) -> None:
    assert court.begin(court.features("a")).job_key != court.begin(court.features("b")).job_key


def test_a_registered_job_is_not_done_again_unless_forced(court) -> None:
    training = court.begin()
    model = court.model(training, "baseline", good)
    released.release(model.uri, model.mlflow_run_id, {Tag.JOB_KEY: training.job_key, Tag.DAG_RUN: "run-0"})
    with pytest.raises(NothingToDo, match=r"nothing changed since version 1 \(job \w+\), reused from run run-0\."):
        court.begin()
    assert court.begin(force=True).job_key != training.job_key


def other_alpha(section: str) -> Config:
    config = load_config()
    return config.model_copy(update={section: getattr(config, section).model_copy(update={"alpha": 0.01})})


@pytest.mark.parametrize("judged_by", [lambda: changed(min=0.1), lambda: other_alpha("bias_after"), lambda: other_alpha("bias")])
def test_a_refused_job_is_opened_again_only_when_what_judges_changed(
    court, monkeypatch: pytest.MonkeyPatch, judged_by: Callable[[], Config]
) -> None:
    training = court.begin()
    runs.set_tags(training.mlflow_run_id, {"reviewloop.verdict": "refused", "reviewloop.refused_by": "macro_f1_floor"})
    with pytest.raises(NothingToDo, match="refused by macro_f1_floor"):
        court.begin()
    monkeypatch.setattr(begin_training, "load_config", judged_by)
    assert court.begin() == training
    assert runs.run_tags(training.mlflow_run_id)["reviewloop.verdict"] == ""


def test_a_refused_job_is_opened_again_when_the_gates_code_changed(court, monkeypatch: pytest.MonkeyPatch) -> None:
    training = court.begin()
    runs.set_tags(training.mlflow_run_id, {"reviewloop.verdict": "refused", "reviewloop.refused_by": "macro_f1_floor"})
    monkeypatch.setattr(judging, "code_digest", lambda starts: f"other code of {starts}")
    assert court.begin() == training


def test_features_that_are_too_old_are_refused_before_the_training_and_say_what_to_do(
    court, monkeypatch: pytest.MonkeyPatch
) -> None:
    court.curate("2026-01-15")
    assert court.begin().features.last_day == "2026-01-01"
    court.curate("2026-01-16")
    with pytest.raises(ModelRejected, match="^fresh_data: .* 15, asked at most 14 .*trigger reviews_features.* then train"):
        court.begin(force=True)
    court.gate("fresh_data", mode="warn")
    monkeypatch.setattr(begin_training, "load_config", lambda: court.config)
    assert court.begin(force=True).features.last_day == "2026-01-01"


@pytest.mark.parametrize(("knob", "value"), [("epochs", 0), ("learning_rate", 0.0), ("learning_rate", 3.0)])
def test_a_wrong_knob_is_named_with_what_is_allowed(court, knob: str, value: float) -> None:
    with pytest.raises(ConfigError, match=f"{knob}: {value} is not allowed; give"):
        court.begin(**{knob: value})


@pytest.mark.parametrize(("kind", "train"), [("baseline", train_baseline), ("transformer", finetune)])
def test_a_model_whose_run_mlflow_has_forgotten_is_judged_under_a_new_one(
    court, kind: str, train: Callable[[TrainingRef], ModelRef]
) -> None:
    """MLflow was restored from a backup that is older than the training; the model is in the lake."""
    before = court.begin()
    made = court.model(before, kind, good)
    s3.write_json(places.model_pointer(kind, before.job_key), made.model_dump())
    assert train(before) == made
    for run_id in (made.mlflow_run_id, before.mlflow_run_id):
        client().delete_run(run_id)  # no search finds it any more, and nothing can be logged to it

    again = court.begin()
    found = train(again)

    assert again.mlflow_run_id != before.mlflow_run_id
    assert (found.uri, found.digest) == (made.uri, made.digest), "nothing is trained again"
    marks = court.evaluation(again, found)
    run = client().get_run(found.mlflow_run_id)
    assert run.data.metrics["test.macro_f1"] == pytest.approx(marks.macro_f1)
    assert (run.data.tags["mlflow.parentRunId"], run.info.status) == (again.mlflow_run_id, "FINISHED")
    assert train(again) == found


UPSTREAM, DOWNSTREAM = "reviewloop.training.loop", "reviewloop.steps.train.evaluate"


@pytest.mark.parametrize(("module", "same_weights"), [(UPSTREAM, False), (DOWNSTREAM, True)])
def test_changed_code_is_another_job_and_other_weights_only_where_it_makes_them(
    court, monkeypatch: pytest.MonkeyPatch, module: str, same_weights: bool
) -> None:
    before = court.begin()
    real = deployed.module_digests
    monkeypatch.setattr(
        deployed, "module_digests", lambda starts: {name: "x" if name == module else one for name, one in real(starts).items()}
    )
    after = court.begin()
    assert after.job_key != before.job_key, "changed code runs anew, wherever it is"
    assert (after.finetune_key == before.finetune_key) == same_weights


@pytest.mark.parametrize(
    ("changed", "same_weights"),
    [
        ({"serve_as": "as_trained"}, True),
        ({"num_resamples": 5000}, True),
        ({"seed": 99}, False),
        ({"transformer": {"weight_decay": 0.5}}, False),
        ({"baseline": {"c": 9.0}}, True),
    ],
)
def test_changed_settings_are_another_job_and_other_weights_only_where_they_make_them(
    court, changed: dict[str, object], same_weights: bool
) -> None:
    before = court.begin()
    training = court.config.training
    new = {
        name: getattr(training, name).model_copy(update=value) if isinstance(value, dict) else value
        for name, value in changed.items()
    }
    court.config = court.config.model_copy(update={"training": training.model_copy(update=new)})
    after = court.begin()
    assert after.job_key != before.job_key
    assert (after.finetune_key == before.finetune_key) == same_weights


def test_a_forced_job_shares_no_weights(court) -> None:
    assert court.begin(force=True).finetune_key != court.begin().finetune_key


def test_the_next_run_finds_the_models_of_one_that_failed_and_says_whose_they_are(court, caplog: pytest.LogCaptureFixture) -> None:
    """The first run trained the baseline and died before it was judged."""
    before = begin_training.begin_training(court.features(), "by hand", "run-1")
    made = court.model(before, "baseline", good).model_copy(update={"made_by": "run-1"})
    s3.write_json(places.model_pointer("baseline", before.job_key), made.model_dump())
    after = begin_training.begin_training(court.features(), "schedule", "run-2")
    assert (after.job_key, after.dag_run_id) == (before.job_key, "run-2")
    caplog.set_level("INFO")
    assert train_baseline(after) == made
    assert f"baseline: reused from run run-1: {made.uri}" in caplog.messages
    caplog.clear()
    assert train_baseline(before) == made
    assert not [line for line in caplog.messages if "reused" in line], "a second try of the run itself reuses nothing"
