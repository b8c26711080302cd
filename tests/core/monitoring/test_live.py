import math

import pytest

from reviewloop.core.monitoring.live import live_macro_f1


def test_live_macro_f1_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    labels, predictions = [0, 0, 1, 2, 2, 2, 2], [0, 1, 1, 2, 2, 0, 2]
    assert live_macro_f1(labels, predictions) == pytest.approx(f1_score(labels, predictions, average="macro"))


def test_a_class_the_day_does_not_hold_is_left_out() -> None:
    assert live_macro_f1([0, 2, 2], [0, 2, 2]) == 1.0
    assert live_macro_f1([0, 2], [0, 1]) == 0.5


def test_a_day_without_rows_has_no_macro_f1() -> None:
    assert math.isnan(live_macro_f1([], []))
