"""Majority vote and Dawid-Skene: what others' label models got wrong, and crowd-kit as the oracle."""

import numpy as np
import pandas as pd
import pytest
from tests.helpers.weakly_labelled import PRIOR, one_sided, side_by_side, truth_of, typical

from reviewloop.core.statistics.metrics import Floats, confusion, macro_f1
from reviewloop.core.weak.functions import ABSTAINS, Votes
from reviewloop.core.weak.label_models import covered, fit_dawid_skene, majority

_ = ABSTAINS
TRUTH = truth_of(6000)
VOTES = typical(TRUTH)


def posterior(votes: Votes, prior: Floats = PRIOR) -> Floats:
    return fit_dawid_skene(votes, prior).posterior(votes)


def of_crowd_kit(votes: Votes) -> tuple[pd.DataFrame, Floats]:
    """Its posteriors, by review, and the shares that it learnt."""
    from crowdkit.aggregation import DawidSkene

    task, worker = np.nonzero(votes != ABSTAINS)
    model = DawidSkene(n_iter=1000, tol=1e-12)
    found = model.fit_predict_proba(pd.DataFrame({"task": task, "worker": worker, "label": votes[task, worker].astype(int)}))
    return found.sort_index(), model.priors_.sort_index().to_numpy()


def test_where_nobody_abstains_it_is_what_crowd_kit_says_of_the_same_shares(monkeypatch):
    monkeypatch.setattr("reviewloop.core.weak.label_models.PRIOR_COUNT", 1e-9)  # it has none
    rng = np.random.default_rng(3)
    wrong = rng.random((len(TRUTH), 4)) < [0.1, 0.2, 0.3, 0.35]
    votes = np.where(wrong, rng.integers(0, 3, wrong.shape), TRUTH[:, np.newaxis]).astype(np.int8)
    theirs, prior = of_crowd_kit(votes)
    ours = posterior(votes, prior)
    assert np.abs(ours - theirs.to_numpy()).max() < 1e-3


def test_rules_that_answer_one_sentiment_do_not_end_in_one_class():
    """snorkel#1591: everything came out as one class. So it does of crowd-kit, to which abstaining is no answer."""
    spoken = covered(VOTES)
    ours = posterior(VOTES)[spoken].argmax(axis=1)
    theirs = of_crowd_kit(VOTES)[0].to_numpy().argmax(axis=1)
    assert macro_f1(confusion(TRUTH[spoken], ours)) > 0.6
    assert set(ours) == {0, 1, 2}
    assert len(set(theirs)) < 3


def test_one_vote_is_weighed_with_the_share_that_is_given():
    """snorkel#1422: equal odds for every class, whatever its share."""
    votes = side_by_side([one_sided(TRUTH, 0, 0.3, 0.1, seed=1), one_sided(TRUTH, 2, 0.5, 0.2, seed=2)])
    alone = (votes[:, 0] == 0) & (votes[:, 1] == _)
    given, equal = (posterior(votes, prior)[alone][0] for prior in (PRIOR, np.full(3, 1 / 3)))
    assert given[2] > equal[2] + 0.1
    assert given[0] < equal[0] - 0.1


@pytest.mark.parametrize("num_functions", [1, 2])
def test_fewer_than_three_functions_will_do(num_functions):
    """snorkel#1426: a label model that needs three functions."""
    found = posterior(VOTES[:, :num_functions])
    spoken = covered(VOTES[:, :num_functions])
    assert np.allclose(found[spoken].sum(axis=1), 1)
    assert np.isnan(found[~spoken]).all()


def test_where_all_abstain_there_is_no_label_and_not_the_commonest():
    """snorkel#1433: rows without a vote got the default class."""
    votes = np.array([[_, _], [2, _], [_, 0]], dtype=np.int8)
    for shares in (posterior(votes), majority(votes, PRIOR)):
        assert np.isnan(shares[0]).all()
        assert np.isfinite(shares[1:]).all()
    nothing = np.full((4, 3), ABSTAINS, dtype=np.int8)
    assert np.isnan(posterior(nothing)).all()
    assert posterior(np.empty((0, 3), dtype=np.int8)).shape == (0, 3)


def test_the_majority_keeps_its_shares_and_an_even_vote_goes_to_the_commoner():
    votes = np.array([[0, 1, 1], [0, 1, _], [0, 2, _], [_, 1, _]], dtype=np.int8)
    shares = majority(votes, PRIOR)
    assert np.allclose(shares, [[1 / 3, 2 / 3, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 1, 0]])
    assert shares.argmax(axis=1).tolist() == [1, 1, 2, 1]


def test_the_order_of_reviews_decides_nothing():
    order = np.random.default_rng(5).permutation(len(VOTES))
    assert np.allclose(posterior(VOTES)[order], posterior(VOTES[order]), equal_nan=True)


def test_an_answer_that_was_never_heard_tells_nothing():
    model = fit_dawid_skene(np.array([[0, _], [0, _], [_, _]], dtype=np.int8), PRIOR)
    heard, unheard = model.posterior(np.array([[0, _], [0, 2]], dtype=np.int8))
    assert np.isfinite(unheard).all()
    assert heard.argmax() == unheard.argmax()


@pytest.mark.parametrize("prior", [[0.5, 0.5, 0.0], [0.5, 0.5], [np.nan, 0.5, 0.5]])
def test_a_prior_is_a_share_above_nothing_for_each_sentiment(prior):
    with pytest.raises(ValueError, match="prior: .* must give each of negative, neutral, positive a share above 0"):
        fit_dawid_skene(VOTES, prior)
