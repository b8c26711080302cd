"""A row's marks, and what is no answer."""

import numpy as np
import pytest

from reviewloop.core.leaderboard.row import Cost, marks_of, not_done, require_probabilities, total

LABELS = np.arange(600) % 3
RIGHT = np.eye(3)[LABELS] * 0.8 + 0.2 / 3


def test_marks_are_of_the_answers_with_intervals_around_them():
    wrong = np.where((np.arange(600) % 5 == 0)[:, np.newaxis], np.roll(RIGHT, 1, axis=1), RIGHT)
    found = marks_of(LABELS, wrong, seed=1)
    assert [found.accuracy.value, found.macro_f1.value] == pytest.approx([0.8, 0.8])
    assert found.macro_f1.low < 0.8 < found.macro_f1.high
    assert found.standard_error == pytest.approx((0.8 * 0.2 / 600) ** 0.5, rel=0.15), "macro-F1 is accuracy here, nearly"
    assert [one.value for one in found.recalls] == pytest.approx([0.8] * 3)
    assert marks_of(LABELS, wrong, seed=1) == found


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda found: np.where(found > 0.5, np.nan, found), "not finite"),
        (lambda found: np.where(found > 0.5, np.inf, found), "not finite"),
        (lambda found: found - 0.1, "negative"),
        (lambda found: found * 1.01, "not 1 in sum"),
        (lambda found: found[:-1], "599x3"),
        (lambda found: found[:, :2], "600x2"),
        (lambda found: found.argmax(axis=1), "int64"),
        (lambda found: found.astype(object), "object"),
    ],
)
def test_what_is_no_probability_is_refused_in_one_line(spoil, why):
    assert np.array_equal(require_probabilities(RIGHT.astype(np.float32), 600), RIGHT.astype(np.float32))
    with pytest.raises(ValueError, match=why) as error:
        require_probabilities(spoil(RIGHT), 600)
    assert "\n" not in str(error.value)


def test_a_row_that_is_not_done_has_one_line_and_always_a_reason():
    row = not_done("a", "it does", 3, "failed", f"  ValueError: {'x' * 900}\nTraceback")
    assert (row.state, row.marks, row.cost) == ("failed", None, None)
    assert row.reason.startswith("ValueError: xxx")
    assert len(row.reason) == 300
    assert not_done("a", "it does", 3, "failed", " \n").reason == "it gave no reason"


def test_a_model_that_asks_several_costs_what_they_cost_together():
    assert total([Cost(1.0, 10, 0.5), Cost(2.0, 20, 0.25)]) == Cost(3.0, 30, 0.75)
