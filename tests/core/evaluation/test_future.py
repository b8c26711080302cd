import math

import pandas as pd
import pytest

from reviewloop.core.evaluation.future import future_metrics


def test_the_marks_of_the_last_days_have_their_intervals() -> None:
    predicted = pd.DataFrame({"label": [0, 1, 2, 2] * 25, "prediction": [0, 1, 2, 0] * 25})
    found = future_metrics(predicted, 200, 1)
    assert (found["future.num_rows"], found["future.accuracy"]) == (100, 0.75)
    assert found["future.macro_f1"] == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    for name in ("accuracy", "macro_f1"):
        assert found[f"future.{name}_low"] < found[f"future.{name}"] < found[f"future.{name}_high"]


def test_days_without_a_sentiment_have_no_macro_f1_for_a_gate_to_pass() -> None:
    found = future_metrics(pd.DataFrame({"label": [2, 2, 0], "prediction": [2, 0, 0]}), 200, 1)
    assert math.isnan(found["future.macro_f1"])
    assert found["future.accuracy"] == pytest.approx(2 / 3)
