"""Dawid and Skene's is used only where it surely beats the majority, and nothing is labelled that nobody spoke of."""

import numpy as np
import pytest
from tests.helpers.weakly_labelled import PRIOR, one_sided, side_by_side, truth_of, typical

from reviewloop.config import load_config
from reviewloop.core.statistics.bootstrap import Difference
from reviewloop.core.weak.combine import Combined, combine, prior_of
from reviewloop.core.weak.functions import ABSTAINS
from reviewloop.core.weak.table import UNLABELLED
from reviewloop.errors import PermanentError

CONFIG = load_config("local").labels.weak
TRUTH = truth_of(6000)


def test_where_unsure_rules_outnumber_sure_ones_dawid_skene_is_used():
    """Four rules that cry wolf, against which the majority has no means."""
    wolves = [one_sided(TRUTH, 0, 0.5, 0.4, seed=seed) for seed in range(4)]
    sure = [one_sided(TRUTH, label, 0.8, 0.01, seed=10 + label) for label in range(3)]
    found = combine(side_by_side([*wolves, *sure]), TRUTH, PRIOR, CONFIG)
    assert found.difference is not None
    assert found.difference.low > 0
    assert found.used == "dawid_skene"


def test_where_it_is_not_surely_better_the_majority_is_used():
    found = combine(typical(TRUTH), np.where(np.arange(len(TRUTH)) < 400, TRUTH, UNLABELLED), PRIOR, CONFIG)
    assert found.num_compared >= CONFIG.min_compared
    assert found.difference is not None
    assert (found.difference.low > 0) == (found.used == "dawid_skene")
    near = Combined(found.families, PRIOR, found.shares, 400, Difference(0.02, -0.001, 0.04, 0.97))
    assert near.used == "majority"


def test_too_few_labels_show_nothing_and_the_majority_is_used():
    labels = np.where(np.arange(len(TRUTH)) < 200, TRUTH, UNLABELLED)
    found = combine(typical(TRUTH), labels, PRIOR, CONFIG)
    assert (found.difference, found.used) == (None, "majority")


def test_both_are_there_whichever_is_used_and_silence_is_no_label():
    votes = typical(TRUTH)
    votes[:50] = ABSTAINS
    found = combine(votes, TRUTH, PRIOR, CONFIG)
    assert set(found.shares) == {"majority", "dawid_skene"}
    for method in found.shares:
        assert (found.answers(method)[:50] == UNLABELLED).all()
    labels = found.labels(0.9)
    sure = labels != UNLABELLED
    assert 0 < sure.sum() < (found.labels(0.0) != UNLABELLED).sum()
    assert (np.nanmax(found.shares[found.used][sure], axis=1) >= 0.9).all()


def test_the_prior_is_of_labelled_reviews_and_without_any_there_is_none():
    assert prior_of([0, 2, 2, UNLABELLED]) == pytest.approx([2 / 6, 1 / 6, 3 / 6])
    with pytest.raises(PermanentError, match="no review has a rating or a person's label"):
        prior_of([UNLABELLED, UNLABELLED])
