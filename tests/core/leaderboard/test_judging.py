"""The choice on the sealed rows, beside others."""

import numpy as np
import pytest
from tests.helpers.boards import LABELS, answers

from reviewloop.core.leaderboard.judging import judge


def test_the_winner_stands_first_and_others_beside_it_on_the_same_rows():
    found = judge(LABELS, {"a": answers(0.8, 1), "b": answers(0.4, 2)}, {"champion": "there is none yet"}, 0.7, 3, 200, 1)
    winner, other, absent = found.rows
    assert (found.kind, found.num_rows, found.number, winner.name, winner.delta) == ("a", 900, 3, "a", None)
    assert other.delta == pytest.approx(winner.marks.macro_f1.value - other.marks.macro_f1.value)
    assert 0 < other.low < other.delta < other.high
    assert (absent.name, absent.marks, absent.note) == ("champion", None, "there is none yet")


def test_a_model_beside_itself_differs_by_nothing():
    same = answers(0.8, 1)
    found = judge(LABELS, {"a": same, "b": same}, {}, 0.7, 1, 200, 1)
    assert (found.rows[1].delta, found.rows[1].low, found.rows[1].high) == (0, 0, 0)


def test_of_nothing_there_is_no_judgement():
    with pytest.raises(ValueError, match="no answers"):
        judge(np.array([0, 1, 2]), {}, {}, 0.7, 1, 200, 1)
