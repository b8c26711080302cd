"""Liked least over all days: shrunk, and with its interval."""

import numpy as np
from tests.helpers.watched_products import a_tree, counts, place

from reviewloop.core.products.standings import standings

TREE = a_tree()


def test_the_share_of_all_days_has_an_interval_and_is_shrunk() -> None:
    clean = counts(TREE)
    clean.complaints_before[place(TREE, "p003")], clean.reviews_before[place(TREE, "p003")] = 3, 3
    clean.complaints[place(TREE, "p003")], clean.reviews[place(TREE, "p003")] = 0, 0
    found = standings(TREE, clean, 10)
    assert len(found) == 10
    for one in found:
        assert 0 < one.low < one.share < one.high < 1
    assert np.all(np.diff([one.share for one in found]) <= 0)
    assert max(one.share for one in found if one.reviews == 3) < 0.5
