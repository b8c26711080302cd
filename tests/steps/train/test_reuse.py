"""What a training finds again, what it does not take, and that two runs at once compute once."""

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from tests.helpers.court import Court, fair, good, reviews
from tests.helpers.intruder import overwrite, take_away

from reviewloop.adapters.lake import artifacts, frames, model_store, places, s3, sealed
from reviewloop.adapters.mlflow.connection import client
from reviewloop.core.dataset.model_inputs import created
from reviewloop.errors import PermanentError
from reviewloop.refs import EvaluationRef, FeaturesRef, ModelRef, TrainingRef
from reviewloop.steps.train.evaluate import evaluate
from reviewloop.steps.train.train_baseline import train_baseline

pytestmark = pytest.mark.contract
PROGRAM = """
import logging, sys
from reviewloop.refs import TrainingRef
from reviewloop.steps.train.train_baseline import train_baseline

logging.basicConfig(level="INFO")
print(train_baseline(TrainingRef.model_validate_json(sys.argv[1])).model_dump_json())
"""


def again(training: TrainingRef) -> TrainingRef:
    """The same job in the next DAG run."""
    return training.model_copy(update={"dag_run_id": "run-2"})


@pytest.fixture
def evaluated(court: Court) -> tuple[TrainingRef, ModelRef, EvaluationRef]:
    training = court.begin()
    model = court.model(training, "baseline", good)
    return training, model, evaluate(model, training)


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nobody reads the test part."""
    monkeypatch.setattr(sealed, "open_sealed", lambda *_: pytest.fail("evaluated again"))


def folder(found: EvaluationRef) -> str:
    return found.report_uri.rpartition("/")[0]


def test_the_next_run_takes_the_evaluation_of_one_that_failed_and_says_whose_it_is(
    evaluated: tuple[TrainingRef, ModelRef, EvaluationRef], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    training, model, made = evaluated
    forbid(monkeypatch)
    caplog.set_level("INFO")
    assert evaluate(model, again(training)) == made
    assert made.made_by == "run-1"
    assert f"baseline: evaluation reused from run run-1: {folder(made)}" in caplog.messages
    caplog.clear()
    assert evaluate(model, training) == made
    assert not [line for line in caplog.messages if "reused" in line], "a second try of the run itself reuses nothing"


def test_a_reused_evaluation_is_logged_to_the_run_that_the_model_has_now(
    court: Court, evaluated: tuple[TrainingRef, ModelRef, EvaluationRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    training, model, made = evaluated
    forbid(monkeypatch)
    other = client().create_run(client().get_run(model.mlflow_run_id).info.experiment_id).info.run_id
    evaluate(model.model_copy(update={"mlflow_run_id": other}), again(training))
    assert client().get_run(other).data.metrics["test.macro_f1"] == pytest.approx(made.macro_f1)
    assert [item.path for item in client().list_artifacts(other, "evaluation")] == ["evaluation/metrics.json"]


def test_other_rules_are_another_evaluation(
    court: Court, evaluated: tuple[TrainingRef, ModelRef, EvaluationRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    training, model, _ = evaluated
    opened = watch(monkeypatch)
    changes: dict[str, dict[str, Any]] = {
        "evaluation": {"min_slice_rows": 51}, "bias_after": {"min_rows": 21}, "behaviour": {"num_reviews": 7},
        "features": {"near_duplicate_jaccard": 0.85},
    }  # fmt: skip
    for section, value in changes.items():
        court.config = court.config.model_copy(update={section: getattr(court.config, section).model_copy(update=value)})
        evaluate(model, again(training))
        assert opened, section
        opened.clear()


def watch(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    opened: list[str] = []
    real = sealed.open_sealed

    def seen(features: Any, purpose: Any) -> Any:
        opened.append(purpose)
        return real(features, purpose)

    monkeypatch.setattr(sealed, "open_sealed", seen)
    return opened


def test_another_model_of_the_job_is_evaluated(
    court: Court, evaluated: tuple[TrainingRef, ModelRef, EvaluationRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    training, _, made = evaluated
    opened = watch(monkeypatch)
    assert evaluate(court.model(training, "baseline", fair), training).accuracy < made.accuracy
    assert opened


@pytest.mark.parametrize("what", ["marks", "another model"])
def test_what_names_an_evaluation_is_not_believed(
    court: Court, evaluated: tuple[TrainingRef, ModelRef, EvaluationRef], what: str
) -> None:
    training, model, made = evaluated
    (named,) = [
        uri for uri in s3.list_uris(places.evaluated("").removesuffix(".json")) if made.report_uri.encode() in s3.read_bytes(uri)
    ]
    if what == "marks":
        overwrite(named, made.model_copy(update={"macro_f1": 0.99, "accuracy": 0.99}).model_dump_json().encode())
    else:
        other = evaluate(court.model(training, "baseline", fair), training)
        overwrite(named, other.model_dump_json().encode())
    assert evaluate(model, training) == made


@pytest.mark.parametrize("fault", ["a changed metric", "a missing page", "a missing file", "a missing manifest"])
def test_an_evaluation_that_is_not_what_it_was_is_made_anew_and_whole(
    evaluated: tuple[TrainingRef, ModelRef, EvaluationRef], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:  # fmt: skip
    training, model, made = evaluated
    before = artifacts.open_artifact(folder(made))
    if fault == "a changed metric":
        overwrite(made.report_uri, s3.read_bytes(made.report_uri).replace(b'"accuracy": 0.9', b'"accuracy": 0.99', 1))
    elif fault == "a missing page":
        take_away(str(made.page_uri))
    else:
        take_away(f"{folder(made)}/{artifacts.MANIFEST if 'manifest' in fault else 'behaviour.html'}")
    opened = watch(monkeypatch)
    assert evaluate(model, again(training)).accuracy == made.accuracy
    assert opened
    assert any("is not used again, for it is not what it was" in line for line in caplog.messages)
    after = artifacts.open_artifact(folder(made))
    artifacts.require_whole(after)
    assert after.files == before.files
    assert s3.exists(str(made.page_uri))
    opened.clear()
    evaluate(model, again(training))
    assert not opened, "mended once, found again"


def test_damaged_answers_to_the_sealed_part_are_no_hit_and_stay_for_who_finds_out(
    evaluated: tuple[TrainingRef, ModelRef, EvaluationRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    training, model, made = evaluated
    overwrite(f"{made.predictions_uri}/{sealed.PREDICTIONS}", b"other bytes")
    opened = watch(monkeypatch)
    evaluate(model, again(training))
    assert opened
    with pytest.raises(PermanentError, match="do not match the manifest"):
        sealed.open_predictions(made.predictions_uri, "choice")


def trainable(court: Court) -> FeaturesRef:
    """A snapshot that a baseline can be fitted on."""
    parts = {"train": created(reviews(90, 0)).assign(weight=1.0), "validation": created(reviews(30, 200))}
    stored = artifacts.publish(places.features(), {f"{name}.parquet": frames.to_parquet(part) for name, part in parts.items()})
    return court.features().model_copy(update={"uri": stored.uri, "digest": stored.digest})


def test_two_runs_at_once_fit_the_baseline_once(court: Court) -> None:
    training = court.begin(trainable(court))
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, one.model_dump_json()], env=dict(os.environ), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )
        for one in (training, again(training))
    ]  # fmt: skip
    said = [process.communicate(timeout=120) for process in both]
    models = [ModelRef.model_validate_json(out.splitlines()[-1]) for out, _ in said]
    assert models[0] == models[1]
    fitted = [err for _, err in said if re.search(r"baseline: \d+ rows, \d+ terms", err)]
    assert len(fitted) == 1
    assert [("reused from run" in err) for _, err in said].count(True) == 1


def test_a_half_written_model_is_no_hit(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the files and the manifest, and between the manifest and the job's pointer."""
    training = court.begin(trainable(court))

    class Killed(BaseException):
        """Stands for the death of the task."""

    real = s3.write_json

    def die_at(ending: str) -> None:
        def write(uri: str, value: Any) -> str:
            if uri.endswith(ending):
                raise Killed
            return real(uri, value)

        monkeypatch.setattr(s3, "write_json", write)
        with pytest.raises(Killed):
            train_baseline(training)
        monkeypatch.setattr(s3, "write_json", real)

    for ending in (artifacts.MANIFEST, places.model_pointer("baseline", training.job_key)):
        die_at(ending)
        assert model_store.find("baseline", training.job_key) is None, ending
    made = train_baseline(again(training))
    assert made.made_by == "run-2"
    model_store.fetch_model(made.uri, made.digest)


def test_a_damaged_model_is_no_hit_and_the_job_goes_on_under_another_key(court: Court, caplog: pytest.LogCaptureFixture) -> None:
    training = court.begin(trainable(court))
    made = train_baseline(training)
    assert court.begin(trainable(court)).job_key == training.job_key, "a whole one is found again"
    overwrite(f"{made.uri}/model.skops", b"other bytes")
    next_run = court.begin(trainable(court))
    assert next_run.job_key != training.job_key
    assert next_run.finetune_key == training.finetune_key, "whole weights are shared all the same"
    assert any("what it left is not used again" in line for line in caplog.messages)
    anew = train_baseline(next_run)
    assert anew.uri != made.uri
    assert court.begin(trainable(court)).job_key == next_run.job_key, "and is found under it by the run after"
    overwrite(f"{anew.uri}/model.skops", b"other bytes")
    assert court.begin(trainable(court)).job_key not in {training.job_key, next_run.job_key}


def test_a_model_that_nobody_trusted_signed_is_no_hit(court: Court) -> None:
    training = court.begin(trainable(court))
    made = train_baseline(training)
    for uri in list(s3.list_uris(places.model_signature(made.uri))):
        take_away(uri)
    assert court.begin(trainable(court)).job_key != training.job_key
