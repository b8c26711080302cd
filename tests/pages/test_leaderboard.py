"""The page of the leaderboard."""

import re

from tests.helpers.boards import FOLDS, LABELS, SETTING, entries

from reviewloop.core.leaderboard.board import Board, Entry, make_board
from reviewloop.pages.leaderboard import leaderboard_page


def of_board(told: str = "what it does", kind: str = "good", reason: str = "ValueError: no") -> Board:
    return make_board(LABELS, FOLDS, entries(told, kind, reason), SETTING)


def test_the_choice_is_said_first_and_every_kind_is_there():
    page = " ".join(leaderboard_page(of_board()).split())
    assert '<span class="mark pass">good</span>' in page
    assert all(name in page for name in ("guess", "weak", "fair", "broken", "late", "average of the best three"))
    assert 'good <span class="mark pass">chosen</span>' in page
    assert "ValueError: no" in page
    assert "after 9 s" in page
    assert "is luck" in page


def test_the_plot_has_an_interval_for_each_that_is_done_and_a_word_for_the_others():
    page = leaderboard_page(of_board())
    assert len(re.findall(r'class="interval"', page)) == 5
    assert page.count("<circle") == 5
    assert re.search(r'stroke="none">failed<', page)
    assert re.search(r'stroke="none">timed out<', page)
    places = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', page)]
    assert places == sorted(places, reverse=True), "the best first"
    assert all(12 <= x <= 532 for x in places)


def test_where_nothing_was_done_the_page_is_whole_and_says_so():
    nothing = make_board(LABELS, FOLDS, [Entry("a", "", "failed", reason="no")], SETTING)
    page = leaderboard_page(nothing)
    assert '<span class="mark fail">no kind was done</span>' in page
    assert "could not be shown" not in page
