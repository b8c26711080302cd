"""Copies have one vote together, and functions that are merely right at the same time keep theirs."""

import numpy as np
import pytest
from tests.helpers.weakly_labelled import PRIOR, one_sided, side_by_side, truth_of, typical

from reviewloop.core.statistics.metrics import Floats
from reviewloop.core.weak.dependence import dependence, families_of, joined
from reviewloop.core.weak.functions import ABSTAINS, Votes
from reviewloop.core.weak.label_models import covered, fit_dawid_skene, majority

_ = ABSTAINS
TRUTH = truth_of(6000)
VOTES = typical(TRUTH)


def moved(before: Floats, after: Floats) -> float:
    return float(np.nanmax(np.abs(before - after)))


def both(votes: Votes, families: object) -> tuple[Floats, Floats]:
    heard = votes if families is None else joined(votes, families)
    return fit_dawid_skene(heard, PRIOR).posterior(heard), majority(heard, PRIOR)


@pytest.mark.parametrize("place", range(VOTES.shape[1]))
def test_five_copies_of_a_function_move_no_posterior(place):
    copied = side_by_side([VOTES, *[VOTES[:, [place]]] * 5])
    families = families_of(copied, TRUTH, 0.5)
    assert len(families) == VOTES.shape[1]
    for before, after in zip(both(VOTES, families_of(VOTES, TRUTH, 0.5)), both(copied, families), strict=True):
        assert moved(before, after) < 0.02
    for before, after in zip(both(VOTES, None), both(copied, None), strict=True):
        assert moved(before, after) > 0.1, "counted six times, it outvotes the others: the families are what prevents it"


def test_a_copy_that_forgets_one_vote_in_ten_is_a_copy():
    forgetful = np.where(np.random.default_rng(9).random((len(TRUTH), 1)) < 0.1, ABSTAINS, VOTES[:, [4]]).astype(np.int8)
    families = families_of(side_by_side([VOTES, forgetful]), TRUTH, 0.5)
    assert (4, 7) in families


def test_functions_that_are_both_nearly_always_right_are_not_taken_for_copies():
    sure = [one_sided(TRUTH, 2, 0.95, 0.02, seed=seed) for seed in (1, 2)]
    votes = side_by_side(sure)
    assert dependence(votes, TRUTH)[0, 1] < 0.1
    assert dependence(votes, np.zeros(len(TRUTH)))[0, 1] > 0.5, "without the sentiments they would be"
    assert families_of(votes, TRUTH, 0.5) == ((0,), (1,))


@pytest.mark.parametrize(("num_functions", "families"), [(0, ()), (1, ((0,),))])
def test_few_functions(num_functions, families):
    assert families_of(VOTES[:, :num_functions], TRUTH, 0.5) == families
    assert covered(joined(VOTES[:, :num_functions], families)).sum() == covered(VOTES[:, :num_functions]).sum()


def test_copies_that_do_not_vary_within_a_sentiment_are_copies():
    knows = np.where(TRUTH == 0, 0, ABSTAINS).astype(np.int8)[:, np.newaxis]
    assert families_of(side_by_side([VOTES, knows, knows]), TRUTH, 0.5)[-1] == (7, 8)


def test_a_family_says_what_most_of_those_who_speak_say():
    votes = np.array([[0, 0, 2], [0, _, 2], [_, _, 2], [_, _, _]], dtype=np.int8)
    assert joined(votes, [(0, 1, 2)])[:, 0].tolist() == [0, ABSTAINS, 2, ABSTAINS]
