"""The error analysis of a candidate, on a real lake and a real MLflow, with a trained baseline."""

from pathlib import Path

import numpy as np
import pytest
from tests.helpers.court import NUM_SEALED, Court, reviews

from reviewloop.adapters.lake import artifacts, model_store, s3, sealed
from reviewloop.adapters.lake.model_store import fetch_forms
from reviewloop.adapters.mlflow.connection import client
from reviewloop.errors import PermanentError
from reviewloop.models.about import ABOUT
from reviewloop.refs import ChoiceRef, JudgedRef, TrainingRef
from reviewloop.steps.train import analyse_errors as module
from reviewloop.steps.train import evaluate
from reviewloop.steps.train.analyse_errors import analyse_errors

pytestmark = pytest.mark.contract


@pytest.fixture
def candidate(court: Court, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[ChoiceRef, TrainingRef]:
    """A baseline that was taught to call every dress terrible."""
    from reviewloop.models import baseline

    monkeypatch.setattr(evaluate, "fetch_forms", fetch_forms)
    training = court.begin()
    rows = reviews(300, 5000)
    labels = np.where(rows["department"] == "Dresses", 0, rows["label"])
    fitted = baseline.fit(rows["text"].tolist(), labels, np.ones(300), ngram_max=1, min_df=2, max_features=1000, c=50.0, seed=1)
    (tmp_path / baseline.FILE).write_bytes(baseline.to_skops(fitted))
    (tmp_path / ABOUT).write_text('{"kind": "baseline", "labels": ["negative", "neutral", "positive"]}')
    run_id = court.model(training, "baseline", lambda row, label, department: label).mlflow_run_id
    model = model_store.publish("baseline", tmp_path, training.job_key, run_id)
    evaluation = court.evaluation(training, model)
    alone = JudgedRef(model=model, evaluation=evaluation, to_beat=True)
    return ChoiceRef(model=model, evaluation=evaluation, candidates=(alone,), reason="the only one"), training


def test_the_page_names_the_planted_fault_and_is_kept_with_its_numbers(candidate: tuple[ChoiceRef, TrainingRef]) -> None:
    choice, training = candidate
    found = analyse_errors(choice, training)
    assert found.page_uri.startswith(s3.lake_uri("reports", "errors", training.job_key[:16]))
    assert found.num_rows == NUM_SEALED
    assert found.num_mistakes == round((1 - choice.evaluation.accuracy) * NUM_SEALED)
    page = s3.read_bytes(found.page_uri).decode()
    assert "The worst slice: department: Dresses." in page
    folder = f"{training.job_key[:16]}-{choice.model.kind}"
    assert f'<a href="../../bias_after/{folder}/index.html">Bias after training</a>' in page
    assert f'<a href="../../behaviour/{folder}/index.html">Behaviour tests</a>' in page
    numbers = s3.read_json(f"{found.uri}/errors.json")
    assert numbers["slices"]["found"][0]["rule"] == "department: Dresses"
    assert numbers["metrics"]["explanations.deletion_gain_low"] > 0
    assert numbers["metrics"]["explanations.completeness_error"] < 1e-9
    logged = client().get_run(choice.model.mlflow_run_id)
    assert logged.data.metrics["explanations.deletion_gain"] == numbers["metrics"]["explanations.deletion_gain"]
    paths = {item.path for item in client().list_artifacts(choice.model.mlflow_run_id, "errors")}
    assert paths == {"errors/index.html", "errors/errors.json"}


def test_a_rerun_finds_the_page_and_asks_no_model(
    candidate: tuple[ChoiceRef, TrainingRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = analyse_errors(*candidate)
    monkeypatch.setattr(module, "load_explainer", None)
    assert analyse_errors(*candidate) == first


def test_a_step_killed_before_the_page_was_whole_is_done_again(
    candidate: tuple[ChoiceRef, TrainingRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    class TaskKilled(BaseException):
        """Stands for the death of the Airflow task."""

    write = s3.write_bytes

    def die(uri: str, data: bytes, content_type: str) -> str:
        if uri.endswith(artifacts.MANIFEST):
            raise TaskKilled
        return write(uri, data, content_type)

    with monkeypatch.context() as patch:
        patch.setattr(s3, "write_bytes", die)
        with pytest.raises(TaskKilled):
            analyse_errors(*candidate)
    assert s3.read_bytes(analyse_errors(*candidate).page_uri).startswith(b"<!doctype html>")


def test_answers_that_are_not_numbers_are_refused_in_one_line(candidate: tuple[ChoiceRef, TrainingRef]) -> None:
    choice, training = candidate
    rows = sealed.open_predictions(choice.evaluation.predictions_uri, "error analysis")
    rows.loc[:6, "p_negative"] = np.nan
    broken = sealed.seal_predictions(rows).uri
    evaluation = choice.evaluation.model_copy(update={"predictions_uri": broken})
    with pytest.raises(PermanentError, match=f"7 of {NUM_SEALED} answers are not numbers"):
        analyse_errors(choice.model_copy(update={"evaluation": evaluation}), training)
