"""The table in Markdown."""

from tests.helpers.boards import FOLDS, LABELS, SETTING, entries

from reviewloop.core.leaderboard.board import Entry, make_board
from reviewloop_local.leaderboard.tables import HEAD, board_table


def test_every_row_has_every_cell_and_what_is_not_done_its_reason():
    lines = board_table(make_board(LABELS, FOLDS, entries(reason="ValueError: a | b"), SETTING)).splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert all(line.replace("\\|", "").count("|") == len(HEAD) + 1 for line in rows)
    assert any(line.startswith("| broken | failed: ValueError: a \\| b |") for line in rows)
    assert any(line.startswith("| late | timed out: after 9 s |") for line in rows)
    assert lines[0] == "made-up reviews: 900 rows of train and validation, 3 folds, seed 7, 61 s of a budget of 600."
    assert "is luck" in lines[-1]
    assert "Chosen: **good**, the simplest within one standard error (0.0" in lines[-1]
    assert "Of all rows: good, fair, weak." in lines[-3]


def test_the_best_one_is_chosen_where_no_simpler_one_is_near():
    board = make_board(LABELS, FOLDS, [*entries()[:2], entries()[-1]], SETTING)
    assert "Chosen: **good**, the best; no simpler kind is within one standard error (0.0" in board_table(board)


def test_where_nothing_was_done_it_says_so():
    board = make_board(LABELS, FOLDS, [Entry("a", "", "failed", reason="no")], SETTING)
    assert board_table(board).endswith("No kind was done, so there is no best one.")
