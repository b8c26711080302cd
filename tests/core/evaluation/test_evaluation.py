"""The report on one model's predictions."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT, with_ages

from reviewloop.config import load_config
from reviewloop.core.evaluation.evaluation import evaluation, from_json, to_json, with_predictions
from reviewloop.core.gates.comparison import no_champion, not_scored, with_champion
from reviewloop.core.gates.gates import DELTA
from reviewloop.errors import PermanentError

CONFIG = load_config("test").evaluation


def reviews(num_rows: int = 300) -> pd.DataFrame:
    place = np.arange(num_rows)
    return pd.DataFrame(
        {
            "review_id": place, "day": "2026-01-01", "title": None, "text": [f"review {i}" for i in place],
            "department": np.where(place // 3 % 3 == 0, "Dresses", "Tops"), "division": "General", "class_name": "Knits",
            "age": 20 + place % 50, "positive_feedback": place % 3, "rating": 1 + place % 5, "label": place % 3, "text_digest": "x",
        }
    )  # fmt: skip


def probabilities(answers: np.ndarray) -> np.ndarray:
    return np.eye(3)[answers] * 0.7 + 0.1


def test_predictions_keep_the_rows_and_their_order() -> None:
    rows = reviews().iloc[::-1]
    found = with_predictions(rows, probabilities(rows["label"].to_numpy()))
    assert found["review_id"].tolist() == rows["review_id"].tolist()
    assert found["prediction"].tolist() == rows["label"].tolist()
    assert found.loc[0, ["p_negative", "p_neutral", "p_positive"]].sum() == pytest.approx(1)
    assert "text_digest" not in found


@pytest.mark.parametrize("bad", [np.zeros((2, 3)), np.zeros((300, 2))])
def test_probabilities_that_are_not_one_for_each_row_and_class_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(PermanentError, match="probabilities"):
        with_predictions(reviews(), bad)


def test_a_row_without_an_answer_is_marked_as_knowing_nothing_and_told() -> None:
    rows = reviews()
    broken = probabilities(rows["label"].to_numpy())
    broken[7, 1], broken[9, 2] = np.nan, np.inf
    found = with_predictions(rows, broken)
    assert np.flatnonzero(~found["answered"]).tolist() == [7, 9]
    assert found.loc[7, ["p_negative", "p_neutral", "p_positive"]].tolist() == pytest.approx([1 / 3] * 3)
    metrics = evaluation(found, CONTRACT, 100, seed=1, config=CONFIG)["metrics"]
    assert metrics["degenerate.num_not_finite"] == 2
    assert np.isfinite(list(metrics.values())).all()


def test_a_model_of_nan_is_a_constant_one_that_says_so() -> None:
    metrics = evaluation(with_predictions(reviews(), np.full((300, 3), np.nan)), CONTRACT, 100, seed=1, config=CONFIG)["metrics"]
    assert metrics["degenerate.num_not_finite"] == 300
    assert metrics["degenerate.num_classes_predicted"] == 0
    assert metrics["accuracy"] == pytest.approx(1 / 3)
    assert metrics["log_loss"] == pytest.approx(np.log(3))


def test_reviews_of_an_older_snapshot_are_refused_with_what_to_do() -> None:
    with pytest.raises(PermanentError, match="no column rating: build the features again"):
        with_predictions(reviews().drop(columns="rating"), np.zeros((300, 3)))


def test_the_report_holds_the_marks_of_the_whole_and_of_its_slices() -> None:
    rows = reviews()
    answers = np.where(rows["department"] == "Dresses", (rows["label"] + 1) % 3, rows["label"])
    report = evaluation(with_predictions(rows, probabilities(answers)), with_ages(0, 40), num_resamples=200, seed=1, config=CONFIG)
    metrics = report["metrics"]
    assert metrics["accuracy"] == pytest.approx(198 / 300)
    for name in ("accuracy", "macro_f1", "recall.neutral", "precision.positive", "f1.negative", "log_loss", "roc_auc.macro"):
        assert metrics[f"{name}_low"] <= metrics[name] <= metrics[f"{name}_high"], name
    assert 0 <= metrics["calibration_error_low"] <= metrics["calibration_error"]
    assert metrics["slices.department.min_accuracy"] == 0
    assert metrics["slices.division.min_accuracy"] == metrics["accuracy"]
    assert set(report["slices"]) == {"department", "division", "class_name", "age_band", "length", "has_title"}
    assert np.sum(report["confusion"]) == 300
    assert report["slices_worse"][0].startswith("department")
    assert metrics["slices.num_significantly_worse"] == len(report["slices_worse"])
    assert sum(one["num_rows"] for one in report["reliability"]) == 300
    json.dumps({**report, "metrics": to_json(metrics)}, allow_nan=False)


def test_nan_crosses_json_as_null() -> None:
    text = json.dumps(to_json({"a": float("nan"), "b": 0.5}), allow_nan=False)
    assert json.loads(text) == {"a": None, "b": 0.5}
    assert np.isnan(from_json(json.loads(text))["a"])


def test_without_a_champion_the_comparison_does_not_apply() -> None:
    assert {DELTA, "champion.mcnemar_p", "champion.mcnemar_worse_p"} <= set(no_champion().not_applicable)
    assert no_champion().metrics == {}


def test_a_champion_that_cannot_be_scored_leaves_the_evidence_missing() -> None:
    found = not_scored("3", PermanentError("no such artifact"))
    assert (found.metrics, found.not_applicable) == ({}, {})
    assert "version 3" in found.note
    assert "no such artifact" in found.note


def test_the_comparison_says_how_much_worse_the_candidate_is() -> None:
    rows = reviews()
    good = with_predictions(rows, probabilities(rows["label"].to_numpy()))
    answers = np.where(rows["review_id"] < 60, (rows["label"] + 1) % 3, rows["label"])
    worse = with_predictions(rows, probabilities(answers))
    report = evaluation(good, CONTRACT, num_resamples=200, seed=1, config=CONFIG)
    found = with_champion("2", report, worse, good, num_resamples=500, seed=1)
    assert found.metrics[DELTA] == pytest.approx(-0.2)
    assert found.metrics[f"{DELTA}_low"] < -0.2 < found.metrics[f"{DELTA}_high"] < 0
    assert (found.metrics["champion.num_only_candidate_right"], found.metrics["champion.num_only_champion_right"]) == (0, 60)
    assert found.metrics["champion.mcnemar_p"] < 1e-12
    assert found.metrics["champion.mcnemar_worse_p"] < 1e-12
    assert "the champion 60" in found.note
    assert found.champion is not None
    assert found.champion["version"] == "2"
