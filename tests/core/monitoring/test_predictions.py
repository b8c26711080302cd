import numpy as np
import pandas as pd
import pytest

from reviewloop.core.monitoring.predictions import COLUMNS, COMMENTS, prediction_rows, scored_reviews
from reviewloop.core.texts import text_digest
from reviewloop.errors import PermanentError

REVIEWS = pd.DataFrame({"review_id": [7, 9], "text": ["Fits well", "Awful"]})
SURE = np.array([[0.1, 0.2, 0.7], [0.8, 0.1, 0.1]])


def test_each_review_gets_its_row_in_order() -> None:
    rows = prediction_rows(REVIEWS, SURE, "3", "abc")
    assert list(rows.columns) == list(COLUMNS)
    assert rows.to_dict("records")[1] == {
        "review_id": 9,
        "text_digest": text_digest("Awful"),
        "prediction": "negative",
        "p_negative": 0.8,
        "p_neutral": 0.1,
        "p_positive": 0.1,
        "model_version": "3",
        "reviews_batch": "abc",
    }


@pytest.mark.parametrize("broken", [SURE[:1], SURE[:, :2], np.where(SURE == 0.8, np.nan, SURE)])
def test_a_review_without_its_probabilities_is_an_error(broken: np.ndarray) -> None:
    with pytest.raises(PermanentError, match="2 reviews got probabilities"):
        prediction_rows(REVIEWS, broken, "3", "abc")


def test_reviews_find_their_predictions_in_any_order() -> None:
    rows = prediction_rows(REVIEWS, SURE, "3", "abc")
    found = scored_reviews(REVIEWS, rows.iloc[::-1])
    assert list(found["prediction"]) == ["positive", "negative"]
    assert found[["p_negative", "p_neutral", "p_positive"]].to_numpy().tolist() == SURE.tolist()


def test_a_review_without_a_prediction_or_with_two_is_an_error() -> None:
    rows = prediction_rows(REVIEWS, SURE, "3", "abc")
    for wrong in (rows.iloc[:1], pd.concat([rows, rows.iloc[:1]]), rows.assign(review_id=[7, 8])):
        with pytest.raises(PermanentError, match="predictions and 2 reviews share"):
            scored_reviews(REVIEWS, wrong)


def test_every_comment_is_about_a_column() -> None:
    assert set(COMMENTS) <= set(COLUMNS)
