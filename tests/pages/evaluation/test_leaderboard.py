"""The page of the leaderboard."""

import re
from dataclasses import replace

from tests.helpers.boards import COST, FOLDS, LABELS, SETTING, answers, entries

from reviewloop.core.leaderboard.apart import Apart, marked_apart
from reviewloop.core.leaderboard.board import Board, Entry, make_board
from reviewloop.core.leaderboard.judging import Judgement, judge
from reviewloop.core.leaderboard.taking_over import BASELINE
from reviewloop.pages.evaluation.leaderboard import leaderboard_page


def of_board(told: str = "what it does", kind: str = "good", reason: str = "ValueError: no") -> Board:
    return make_board(LABELS, FOLDS, entries(told, kind, reason), SETTING)


def of_search(name: str = "good", settings: str = "c") -> Board:
    """A board whose kinds were searched."""
    found = [replace(one, settings={settings: 0.25}, searched=f"12 trials, {name}") for one in entries(name, name, name)]
    apart = [
        marked_apart(name, name, LABELS, [answers(0.6, 3), answers(0.5, 4)], 60.0, 9, 1),
        Apart(f"{name}, too", name, "timed out", name),
    ]
    return make_board(LABELS, FOLDS, found, SETTING, apart)


def of_judgement(name: str = "good") -> Judgement:
    return judge(LABELS, {name: answers(0.8, 4), f"{name}, too": answers(0.5, 9)}, {f"no {name}": name}, 0.7, 3, 100, 1)


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


def test_settings_and_what_to_change_are_said_of_a_search():
    page = " ".join(leaderboard_page(of_search()).split())
    assert "c 0.25" in page
    assert "12 trials, good" in page
    assert "sentiment_train does not train this kind" in page
    assert "Nothing was searched" in leaderboard_page(of_board())
    chosen = make_board(LABELS, FOLDS, [Entry(BASELINE, "", "done", answers(0.8, 4), COST, settings={"c": 2.5})], SETTING)
    assert "training:\n  baseline:\n    c: 2.5</pre>" in leaderboard_page(chosen)


def test_what_the_sealed_part_said_stands_first_and_how_often_it_was_asked():
    page = " ".join(leaderboard_page(of_search(), of_judgement()).split())
    assert page.index("The choice on the sealed part") < page.index("Every kind, the best first")
    assert "the third leaderboard that this sealed part has judged" in page
    assert "no good" in page
    assert "The sealed part was not looked at" not in page
    assert "The sealed part was not looked at" in leaderboard_page(of_search())
    assert "could not be shown" not in page


def test_what_was_marked_on_other_rows_stands_apart_and_says_so():
    page = " ".join(leaderboard_page(of_search()).split())
    apart = page[page.index('id="apart"') :]
    assert "Marked on the validation part" in apart
    assert "900 rows" in apart
    assert 'good, too <span class="mark warn">timed out</span>' in apart
    assert "Marked on other rows" not in leaderboard_page(of_board())
