"""The time of a leaderboard holds, whatever its kinds take of it."""

import pytest

from reviewloop.core.leaderboard.budget import deadlines, seconds_to_answer, seconds_to_search

SHARES = {"a": 1.0, "b": 1.0, "c": 3.0, "d": 6.0}


@pytest.mark.parametrize("budget", [6.0, 60.0, 1200.0, 3600.0])
@pytest.mark.parametrize("searched", [True, False])
def test_all_kinds_that_hang_end_before_the_margin(budget, searched):
    when = deadlines(1000.0, budget, searched)
    now = 1000.0
    while seconds_to_search(SHARES, "d", now, when) > 0:
        now += seconds_to_search(SHARES, "d", now, when)
    assert now == (when.search_until if searched else 1000.0)
    for kind in SHARES:
        now += seconds_to_answer(SHARES, kind, now, when.answer_until)
    assert now == pytest.approx(when.answer_until)
    assert 0.8 * budget < when.answer_until - 1000.0 < budget
    assert seconds_to_answer(SHARES, "d", when.answer_until + 1, when.answer_until) < 0


def test_one_kind_never_takes_the_whole_search():
    when = deadlines(0.0, 1100.0, True)
    assert seconds_to_search(SHARES, "a", 0.0, when) == pytest.approx(660.0 / 11)
    assert seconds_to_search(SHARES, "d", 0.0, when) == pytest.approx(360.0)
    assert seconds_to_search(SHARES, "d", 600.0, when) == pytest.approx(60.0)


def test_what_a_quick_kind_leaves_goes_to_those_behind_it():
    assert seconds_to_answer(SHARES, "a", 0.0, 110.0) == 10.0
    assert seconds_to_answer(SHARES, "d", 20.0, 110.0) == 90.0
