"""The report on one model's predictions."""

import json

import numpy as np
import pandas as pd
import pytest

from reviewloop.core.comparison import no_champion, not_scored, with_champion
from reviewloop.core.evaluation import evaluation, from_json, num_shared_texts, to_json, with_predictions
from reviewloop.core.gates import DELTA
from reviewloop.errors import PermanentError


def reviews(num_rows: int = 300) -> pd.DataFrame:
    place = np.arange(num_rows)
    return pd.DataFrame(
        {
            "review_id": place, "day": "2026-01-01", "title": None, "text": [f"review {i}" for i in place],
            "department": np.where(place % 3 == 0, "Dresses", "Tops"), "division": "General", "class_name": "Knits",
            "age": 20 + place % 50, "rating": 1 + place % 5, "label": place % 3, "text_digest": "x",
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


@pytest.mark.parametrize("bad", [np.zeros((2, 3)), np.zeros((300, 2)), np.full((300, 3), np.nan)])
def test_probabilities_that_are_not_one_for_each_row_and_class_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(PermanentError, match="probabilities"):
        with_predictions(reviews(), bad)


def test_the_report_holds_the_marks_of_the_whole_and_of_its_slices() -> None:
    rows = reviews()
    answers = np.where(rows["department"] == "Dresses", (rows["label"] + 1) % 3, rows["label"])
    report = evaluation(with_predictions(rows, probabilities(answers)), [0, 40], num_resamples=200, seed=1)
    metrics = report["metrics"]
    assert metrics["accuracy"] == pytest.approx(2 / 3)
    assert metrics["macro_f1_low"] < metrics["macro_f1"] < metrics["macro_f1_high"]
    assert metrics["slices.department.min_accuracy"] == 0
    assert metrics["slices.division.min_accuracy"] == metrics["accuracy"]
    assert set(report["slices"]) == {"department", "division", "age_band", "length", "has_title"}
    assert np.sum(report["confusion"]) == 300


def test_nan_crosses_json_as_null() -> None:
    text = json.dumps(to_json({"a": float("nan"), "b": 0.5}), allow_nan=False)
    assert json.loads(text) == {"a": None, "b": 0.5}
    assert np.isnan(from_json(json.loads(text))["a"])


def test_a_shared_text_is_counted_however_it_is_written_and_once() -> None:
    sealed = ["Lovely dress!", "lovely  DRESS", "Too small", "fits"]
    assert num_shared_texts(sealed, ["a lovely dress"], ["other"]) == 0
    assert num_shared_texts(sealed, ["LOVELY dress."], ["too small", "x"]) == 2


def test_without_a_champion_the_comparison_does_not_apply() -> None:
    assert DELTA in no_champion().not_applicable
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
    report = evaluation(good, [0], num_resamples=200, seed=1)
    found = with_champion("2", report, worse, good, num_resamples=500, seed=1)
    assert found.metrics[DELTA] == pytest.approx(-0.2)
    assert found.metrics[f"{DELTA}_low"] < -0.2 < found.metrics[f"{DELTA}_high"] < 0
    assert found.champion is not None
    assert found.champion["version"] == "2"
