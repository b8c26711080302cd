"""Evaluation on the sealed part, and the choice among the models."""

import json
import re

import numpy as np
import pytest
from tests.helpers.court import NUM_SEALED, RuleModel, fair, good, reviews

from reviewloop.adapters.lake import artifacts, s3, sealed
from reviewloop.adapters.mlflow.connection import client
from reviewloop.config import load_config
from reviewloop.core.dataset.provenance import as_delivered
from reviewloop.errors import ConfigError, PermanentError
from reviewloop.models.reader import Reading
from reviewloop.refs import EvaluationRef
from reviewloop.steps.train import choose, evaluate

pytestmark = pytest.mark.contract


def kept(evaluation: EvaluationRef) -> artifacts.Artifact:
    return artifacts.open_artifact(evaluation.report_uri.rpartition("/")[0])


def test_an_evaluation_keeps_marks_and_predictions_and_logs_them(court) -> None:
    court.config = load_config()  # everything is measured
    training = court.begin()
    model = court.model(training, "baseline", good)
    evaluation = court.evaluation(training, model)
    assert evaluation == court.evaluation(training, model)
    assert (evaluation.num_rows, evaluation.accuracy) == (NUM_SEALED, pytest.approx(0.9))
    report = s3.read_json(evaluation.report_uri)
    assert report["metrics"]["macro_f1"] == evaluation.macro_f1
    assert report["metrics"]["leakage.num_shared_texts"] == 0
    assert report["metrics"]["behaviour.num_cases"] > 800
    assert report["metrics"]["important.num_wrong"] == sum(not one["right"] for one in report["important"]) > 0
    assert b"Behaviour: baseline" in kept(evaluation).read("behaviour.html")
    predictions = sealed.open_predictions(evaluation.predictions_uri, "evaluation")
    assert (predictions["prediction"] == predictions["label"]).mean() == pytest.approx(0.9)
    logged = client().get_run(model.mlflow_run_id)
    assert logged.data.metrics["test.macro_f1"] == pytest.approx(evaluation.macro_f1)
    assert [item.path for item in client().list_artifacts(model.mlflow_run_id, "evaluation")] == ["evaluation/metrics.json"]


def test_the_last_days_are_marked_beside_the_test_part_where_they_are_sealed(court) -> None:
    part = sealed.seal(as_delivered(reviews(60, 2000)), "future")
    features = court.features()
    ahead = court.begin(features.model_copy(update={"future_uri": part.uri, "num_future": 60}))
    found, without = (
        s3.read_json(court.evaluation(training, court.model(training, "baseline", good)).report_uri)["metrics"]
        for training in (ahead, court.begin(features))
    )
    assert (found["future.num_rows"], found["future.accuracy"]) == (60, pytest.approx(0.9))
    assert found["future.macro_f1_low"] < found["future.macro_f1"] < found["future.macro_f1_high"]
    assert {name for name in found if name not in without} == {name for name in found if name.startswith("future.")}


def test_a_leak_is_counted_from_the_texts(court) -> None:
    training = court.begin(court.features(leaked=4))
    evaluation = court.evaluation(training, court.model(training, "baseline", good))
    assert s3.read_json(evaluation.report_uri)["metrics"]["leakage.num_shared_texts"] == 4


def test_a_near_copy_is_counted_apart_with_where_it_lies(court) -> None:
    training = court.begin(court.features(near=3))
    report = s3.read_json(court.evaluation(training, court.model(training, "baseline", good)).report_uri)
    assert report["metrics"]["leakage.num_shared_texts"] == 0
    assert report["metrics"]["leakage.num_near_duplicates"] == 3
    assert {copy["part"] for copy in report["leakage"]["examples"]} == {"train"}


def test_the_bias_of_the_answers_has_its_numbers_and_its_page(court) -> None:
    def deaf_in_tops(row: int, label: int, department: str) -> int:
        return 2 if department == "Tops" and label == 0 else label

    training = court.begin()
    evaluation = court.evaluation(training, court.model(training, "baseline", deaf_in_tops))
    report = s3.read_json(evaluation.report_uri)
    assert "department=Tops" in report["bias_after"]["rejected"]
    assert report["metrics"]["bias_after.num_rejected"] == len(report["bias_after"]["rejected"])
    assert evaluation.page_uri == report["bias_after_page_uri"]
    assert evaluation.page_uri == s3.lake_uri("reports", "bias_after", f"{training.job_key[:16]}-baseline", "index.html")
    page = s3.read_bytes(evaluation.page_uri)
    artifact = kept(evaluation)
    assert b'/index.html">Behaviour tests</a>' in page
    copy = artifact.read("bias_after.html")
    assert not re.search(rb'href="(?!#)', copy), "no link leads anywhere from there, and the same metrics are the same bytes"
    for one in (page, copy):
        assert b"<b>department=Tops</b>" in one
    groups = json.loads(artifact.read("bias_after.json"))
    tops = next(one for one in groups if (one["facet"], one["group"]) == ("department", "Tops"))
    assert next(mark["value"] for mark in tops["marks"] if (mark["measure"], mark["outcome"]) == ("RD", "negative")) == 1


def test_a_model_in_two_forms_is_measured_in_both_and_how_far_they_differ(court) -> None:
    def fair_in_tops(row: int, label: int, department: str) -> int:
        return fair(row, label, department) if department == "Tops" else good(row, label, department)

    training = court.begin()
    model = court.model(training, "transformer", fair_in_tops)
    court.models[model.uri] = RuleModel(fair_in_tops, form="openvino_int8")
    court.others[model.uri] = RuleModel(good)
    report = s3.read_json(court.evaluation(training, model).report_uri)
    assert report["form"] == "openvino_int8"
    assert report["forms"].keys() == {"openvino_int8", "as_trained"}
    assert report["metrics"]["macro_f1"] == report["forms"]["openvino_int8"]["macro_f1"] < report["forms"]["as_trained"]["macro_f1"]
    loss = report["forms"]["as_trained"]["macro_f1"] - report["forms"]["openvino_int8"]["macro_f1"]
    assert report["metrics"]["forms.macro_f1_loss"] == pytest.approx(loss)
    assert 0 < report["metrics"]["forms.changed_share"] < 0.2


def test_what_each_form_answered_and_read_is_sealed_row_by_row(court) -> None:
    training = court.begin()
    model = court.model(training, "transformer", fair)
    court.models[model.uri] = RuleModel(fair, form="openvino_int8")
    court.others[model.uri] = RuleModel(good)
    uri = court.evaluation(training, model).predictions_uri
    served = sealed.open_predictions(uri, "drift")
    for form, rule, accuracy in (("openvino_int8", fair, 0.8), ("as_trained", good, 0.9)):
        rows = sealed.open_predictions_of(uri, form, "drift")
        assert (rows["prediction"] == rows["label"]).mean() == pytest.approx(accuracy), rule
        assert list(rows["review_id"]) == list(served["review_id"])
        assert sealed.open_embeddings(uri, form, "drift")[:, 0].tolist() == served["text"].str.len().tolist()
    assert served.equals(sealed.open_predictions_of(uri, "openvino_int8", "drift"))


def test_outputs_that_are_not_numbers_are_measured_and_kept(court, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        form = "as_trained"

        def predict_proba(self, texts: list[str]) -> np.ndarray:
            return np.full((len(texts), 3), np.nan)

        def read(self, texts: list[str]) -> Reading:
            return Reading(self.predict_proba(texts), None)

    monkeypatch.setattr(evaluate, "fetch_forms", lambda uri, digest: [Broken()])
    training = court.begin()
    evaluation = court.evaluation(training, court.model(training, "baseline", good))
    metrics = s3.read_json(evaluation.report_uri)["metrics"]
    assert metrics["degenerate.num_not_finite"] == NUM_SEALED
    assert metrics["degenerate.num_classes_predicted"] == 0
    assert evaluation.macro_f1 < 0.2


def test_a_clearly_better_transformer_is_the_candidate(court) -> None:
    training = court.begin()
    choice = court.choice(training, baseline=fair, transformer=good)
    assert choice.model.kind == choice.evaluation.kind == "transformer"
    assert "transformer: macro-F1" in choice.reason
    assert "asked 97.5%" in choice.reason


def test_a_transformer_that_is_no_better_leaves_the_baseline(court) -> None:
    choice = court.choice(court.begin(), baseline=good, transformer=good)
    assert choice.model.kind == choice.evaluation.kind == "baseline"


def test_of_three_the_best_that_beats_the_baseline_is_the_candidate(court) -> None:
    choice = court.choice(court.begin(), baseline=fair, transformer=good, fasttext=fair)
    assert choice.model.kind == choice.evaluation.kind == "transformer"
    assert [one.model.kind for one in choice.candidates] == ["baseline", "transformer", "fasttext"]
    assert choice.to_beat.model.kind == "baseline"
    assert choice.reason.startswith("transformer: macro-F1 0.")
    assert "of the fasttext against" in choice.reason
    assert "asked 97.5% after Holm's correction over 2 models, which leaves 100.0%" in choice.reason


def test_too_few_resamples_for_so_many_models_are_a_wrong_setting(court, monkeypatch: pytest.MonkeyPatch) -> None:
    training = court.config.training.model_copy(update={"num_resamples": 100, "beat_baseline_confidence": 0.99})
    monkeypatch.setattr(choose, "load_config", lambda: court.config.model_copy(update={"training": training}))
    with pytest.raises(ConfigError, match="num_resamples: 100 are too few to compare 2 models .* give at least 200"):
        court.choice(court.begin(), baseline=fair, transformer=good, fasttext=good)


def test_models_and_marks_that_do_not_belong_together_are_refused(court) -> None:
    training = court.begin()
    simple, better = court.model(training, "baseline", fair), court.model(training, "transformer", good)
    evaluation = court.evaluation(training, simple)
    with pytest.raises(PermanentError, match="give each its own, in order"):
        choose.choose([simple, better], [evaluation], training)
    with pytest.raises(PermanentError, match="give one of a kind"):
        choose.choose([simple, simple], [evaluation, evaluation], training)
    with pytest.raises(PermanentError, match="to_beat: 'majority' is none of the models; they are baseline"):
        choose.choose([simple], [evaluation], training, to_beat="majority")


def test_a_baseline_without_a_challenger_is_the_candidate(court) -> None:
    choice = court.choice(court.begin(), baseline=fair)
    assert choice.model.kind == "baseline"
    assert choice.reason.startswith("baseline: the only model, macro-F1 0.")


def test_marks_of_other_rows_cannot_be_compared(court) -> None:
    training = court.begin()
    models = court.model(training, "baseline", good), court.model(training, "transformer", fair)
    evaluations = [court.evaluation(training, model) for model in models]
    rows = sealed.open_predictions(evaluations[0].predictions_uri, "choice").iloc[1:]
    cut = evaluations[0].model_copy(update={"predictions_uri": sealed.seal_predictions(rows).uri})
    with pytest.raises(PermanentError, match="not of the same rows"):
        choose.choose(models, [cut, evaluations[1]], training)


def test_the_report_is_valid_json(court) -> None:
    training = court.begin()
    evaluation = court.evaluation(training, court.model(training, "baseline", lambda row, label, department: 2))
    text = s3.read_bytes(evaluation.report_uri).decode()
    assert "NaN" not in text
    assert json.loads(text)["metrics"]["precision.negative"] is None
