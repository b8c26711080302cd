"""Evaluation on the sealed part, and the choice between the two models."""

import json

import pytest

from reviewloop.adapters import s3
from reviewloop.adapters.frames import from_parquet
from reviewloop.adapters.mlflow_api import client
from reviewloop.errors import PermanentError
from reviewloop.steps import choose

from .conftest import NUM_SEALED, fair, good

pytestmark = pytest.mark.contract


def test_an_evaluation_keeps_marks_and_predictions_and_logs_them(court) -> None:
    training = court.begin()
    model = court.model(training, "baseline", good)
    marks = court.marks(training, model)
    assert marks == court.marks(training, model)
    assert (marks.num_rows, marks.accuracy) == (NUM_SEALED, pytest.approx(0.9))
    report = s3.read_json(marks.report_uri)
    assert report["metrics"]["macro_f1"] == marks.macro_f1
    assert report["metrics"]["leakage.num_shared_texts"] == 0
    predictions = from_parquet(s3.open_artifact(marks.predictions_uri).read("predictions.parquet"))
    assert (predictions["prediction"] == predictions["label"]).mean() == pytest.approx(0.9)
    logged = client().get_run(model.mlflow_run_id)
    assert logged.data.metrics["test.macro_f1"] == pytest.approx(marks.macro_f1)
    assert [item.path for item in client().list_artifacts(model.mlflow_run_id, "evaluation")] == ["evaluation/metrics.json"]


def test_a_leak_is_counted_from_the_texts(court) -> None:
    training = court.begin(court.features(leaked=4))
    marks = court.marks(training, court.model(training, "baseline", good))
    assert s3.read_json(marks.report_uri)["metrics"]["leakage.num_shared_texts"] == 4


def test_a_clearly_better_transformer_is_the_candidate(court) -> None:
    training = court.begin()
    choice = court.choice(training, baseline=fair, transformer=good)
    assert choice.model.kind == choice.evaluation.kind == "transformer"
    assert "transformer: macro-F1" in choice.reason
    assert "asked 90%" in choice.reason


def test_a_transformer_that_is_no_better_leaves_the_baseline(court) -> None:
    choice = court.choice(court.begin(), baseline=good, transformer=good)
    assert choice.model.kind == choice.evaluation.kind == "baseline"


def test_marks_of_other_rows_cannot_be_compared(court) -> None:
    training = court.begin()
    models = court.model(training, "baseline", good), court.model(training, "transformer", fair)
    marks = [court.marks(training, model) for model in models]
    artifact = s3.open_artifact(marks[0].predictions_uri)
    files = {name: artifact.read(name) for name in artifact.files}
    from reviewloop.adapters.frames import to_parquet

    files["predictions.parquet"] = to_parquet(from_parquet(files["predictions.parquet"]).iloc[1:])
    cut = marks[0].model_copy(update={"predictions_uri": s3.publish(s3.lake_uri("elsewhere"), files).uri})
    with pytest.raises(PermanentError, match="not of the same rows"):
        choose.choose(*models, cut, marks[1], training)


def test_the_report_is_valid_json(court) -> None:
    training = court.begin()
    marks = court.marks(training, court.model(training, "baseline", lambda row, label, department: 2))
    text = s3.read_bytes(marks.report_uri).decode()
    assert "NaN" not in text
    assert json.loads(text)["metrics"]["precision.negative"] is None
