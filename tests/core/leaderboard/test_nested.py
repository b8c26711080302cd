"""Settings are chosen without the rows that mark them."""

import numpy as np
import pytest

from reviewloop.core.leaderboard.nested import WHOLE, inner_splits, parts

FOLDS = np.array([0, 1, 2, 3, 0, 1, 2, 3, 2, 1])


def test_a_part_never_sees_its_outer_fold_and_chooses_by_every_other_row_once():
    for part in parts(4)[:-1]:
        splits = list(inner_splits(FOLDS, part))
        assert len(splits) == 3
        outer = int(part) == FOLDS
        for known, held in splits:
            assert not (known & outer).any()
            assert not (held & outer).any()
            assert not (known & held).any()
            assert len(set(FOLDS[held])) == 1, "near copies lie in one fold, and are not parted inside either"
        assert np.array_equal(sum(held for _, held in splits), ~outer)


def test_the_whole_is_for_the_model_that_is_kept():
    assert parts(4) == ("0", "1", "2", "3", WHOLE)
    splits = list(inner_splits(FOLDS, WHOLE))
    assert len(splits) == 4
    assert sum(held for _, held in splits).all()


def test_two_folds_leave_nothing_to_choose_by():
    with pytest.raises(ValueError, match="2 folds: without one of them two must be left"):
        parts(2)
