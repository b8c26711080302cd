import numpy as np
import pandas as pd
import pytest

from reviewloop.core.monitoring.quality.answers import probabilities_of
from reviewloop.errors import PermanentError

ROWS = pd.DataFrame({"p_negative": [0.7, 0.1], "p_neutral": [0.2, 0.1], "p_positive": [0.1, 0.8]})


def test_columns_are_bound_by_the_names_of_the_classes_and_not_by_their_order() -> None:
    turned = ROWS[["p_positive", "p_negative", "p_neutral"]]
    assert np.array_equal(probabilities_of(turned), ROWS.to_numpy())


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (ROWS.drop(columns="p_neutral"), "0 columns p_neutral"),
        (pd.concat([ROWS, ROWS[["p_neutral"]]], axis=1), "2 columns p_neutral"),
        (ROWS.assign(p_neutral=np.nan), "no probabilities"),
        (ROWS.assign(p_neutral=0.9), "no probabilities"),
        (ROWS.assign(prediction=["positive", "negative"]), "wrong columns"),
        (ROWS.assign(prediction=[2, 0]), "wrong columns"),
    ],
)
def test_what_is_not_the_answers_is_refused_by_name(rows: pd.DataFrame, told: str) -> None:
    with pytest.raises(PermanentError, match=told):
        probabilities_of(rows)


def test_predictions_that_agree_are_taken_as_names_and_as_ids() -> None:
    for prediction in (["negative", "positive"], [0, 2]):
        assert len(probabilities_of(ROWS.assign(prediction=prediction))) == 2
