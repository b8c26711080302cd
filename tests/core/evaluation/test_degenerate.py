"""Outputs that no working model gives."""

import math

import numpy as np
import pandas as pd

from reviewloop.core.evaluation.degenerate import degenerate_metrics


def predicted(probabilities: np.ndarray, answered: list[bool] | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(probabilities, columns=["p_negative", "p_neutral", "p_positive"])
    return frame.assign(prediction=probabilities.argmax(axis=1), answered=answered or [True] * len(frame))


def test_a_working_model_shows_all_classes_and_many_outputs() -> None:
    found = degenerate_metrics(predicted(np.random.default_rng(1).dirichlet([1, 1, 1], 90)))
    assert found["degenerate.num_not_finite"] == 0
    assert found["degenerate.num_classes_predicted"] == 3
    assert found["degenerate.max_class_share"] < 0.6
    assert found["degenerate.num_distinct_outputs"] == 90


def test_a_constant_model_has_one_output_and_one_class() -> None:
    found = degenerate_metrics(predicted(np.tile([0.1, 0.2, 0.7], (50, 1)) + np.random.default_rng(1).normal(0, 1e-9, (50, 3))))
    assert found["degenerate.num_classes_predicted"] == 1
    assert found["degenerate.max_class_share"] == 1
    assert found["degenerate.num_distinct_outputs"] == 1


def test_rows_without_an_answer_are_counted_and_say_nothing_else() -> None:
    some = degenerate_metrics(predicted(np.eye(3), [True, False, True]))
    assert some["degenerate.num_not_finite"] == 1
    assert some["degenerate.num_classes_predicted"] == 2
    none = degenerate_metrics(predicted(np.eye(3), [False, False, False]))
    assert none["degenerate.num_not_finite"] == 3
    assert none["degenerate.num_classes_predicted"] == none["degenerate.num_distinct_outputs"] == 0
    assert math.isnan(none["degenerate.max_class_share"])
