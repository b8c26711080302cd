"""The ensemble is not chosen on the rows that it is marked on."""

import numpy as np
import pytest

from reviewloop.core.leaderboard.averaging import average_of_best

LABELS, FOLDS = np.arange(300) % 3, np.arange(300) // 100
RIGHT = np.eye(3)[LABELS]


def right_in(*folds: int) -> np.ndarray:
    """Sure and right there, sure and wrong elsewhere."""
    return np.where(np.isin(FOLDS, folds)[:, np.newaxis], RIGHT, np.roll(RIGHT, 1, axis=1))


def test_a_fold_has_no_say_in_who_answers_it():
    kinds = {"all but 0": right_in(1, 2), "0 alone": right_in(0), "all but 1": right_in(0, 2), "none": right_in()}
    found = average_of_best(LABELS, FOLDS, kinds, 1)
    assert found.by_fold == {0: ("all but 0",), 1: ("all but 1",), 2: ("all but 0",)}
    assert np.array_equal(found.answers[FOLDS == 0], kinds["all but 0"][FOLDS == 0]), "wrong on all of them, and still chosen"
    changed = kinds | {"0 alone": np.where((FOLDS == 0)[:, np.newaxis], np.roll(RIGHT, 1, axis=1), kinds["0 alone"])}
    assert average_of_best(LABELS, FOLDS, changed, 1).by_fold[0] == found.by_fold[0]


def test_the_mean_is_of_the_members_and_of_two_alike_the_simpler_one():
    kinds = {"a": right_in(0, 1, 2), "b": right_in(0, 1, 2), "c": right_in(0), "d": right_in()}
    found = average_of_best(LABELS, FOLDS, kinds, 3)
    assert found.members == ("a", "b", "c")
    assert np.allclose(found.answers, (kinds["a"] + kinds["b"] + kinds["c"]) / 3)
    with pytest.raises(ValueError, match="2 kinds are done; an average of 3 needs as many"):
        average_of_best(LABELS, FOLDS, {"a": RIGHT, "b": RIGHT}, 3)
