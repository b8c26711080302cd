"""The whole board of planted answers."""

import numpy as np
from tests.helpers.boards import FOLDS, LABELS, SETTING, entries

from reviewloop.core.leaderboard.board import ENSEMBLE, Entry, make_board


def test_every_kind_is_there_and_the_same_entries_give_the_same_board():
    board = make_board(LABELS, FOLDS, entries(), SETTING)
    assert [row.kind for row in board.rows][-2:] == ["broken", "late"], "what is not done stays to be seen"
    assert {row.kind for row in board.rows} == {one.kind for one in entries()} | {ENSEMBLE}
    assert board.rows[0] == board.best
    assert board.chosen in board.rows
    assert board.optimism is not None
    assert board.optimism.num_candidates == 5, "the ensemble is a candidate, too"
    assert board == make_board(LABELS, FOLDS, entries(), SETTING)


def test_the_ensemble_names_its_members_and_costs_what_they_cost():
    row = next(one for one in make_board(LABELS, FOLDS, entries(), SETTING).rows if one.kind == ENSEMBLE)
    assert row.cost is not None
    assert (row.cost.seconds, row.cost.num_bytes) == (6.0, 3_000_000)
    assert row.told.endswith("Of all rows: good, fair, weak.")


def test_without_three_kinds_there_is_no_ensemble_and_without_one_no_winner():
    few = make_board(LABELS, FOLDS, entries()[1:3], SETTING)
    assert next(row for row in few.rows if row.kind == ENSEMBLE).reason == "1 kinds are done; an average of 3 needs as many"
    nothing = make_board(LABELS, FOLDS, [Entry("a", "", "failed", reason="no")], SETTING)
    assert (nothing.best, nothing.chosen, nothing.optimism) == (None, None, None)
    assert len(nothing.rows) == 2


def test_a_simple_kind_that_is_nearly_as_good_is_chosen():
    rng = np.random.default_rng(0)
    wrong = rng.random(len(LABELS)) < 0.2
    simple = np.where(wrong[:, np.newaxis], np.roll(np.eye(3)[LABELS], 1, axis=1), np.eye(3)[LABELS])
    better = simple.copy()
    first = np.flatnonzero(wrong)[:3]
    better[first] = np.eye(3)[LABELS[first]]
    both = [Entry("simple", "", "done", simple, entries()[-1].cost), Entry("better", "", "done", better, entries()[-1].cost)]
    board = make_board(LABELS, FOLDS, both, SETTING)
    assert board.best is not None
    assert board.chosen is not None
    assert (board.best.kind, board.chosen.kind) == ("better", "simple")
