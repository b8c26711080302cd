from collections.abc import Callable

import numpy as np
import pytest

from reviewloop.core.sampling.sample import Sample
from reviewloop.core.sampling.without_probability import WARNING, convenience, judgment, quota, snowball
from reviewloop.errors import PermanentError

KEYS = ["f", "e", "d", "c", "b", "a"]
PRODUCTS = ["1", "1", "2", "2", "3", "3"]
BRANDS = ["x", "y", "y", "z", "w", "w"]
AT_HAND = [2, 1, 0, 0, 1, 2]


def taken(sample: Sample) -> str:
    return "".join(sorted(KEYS[place] for place in sample.places))


def test_convenience_takes_what_is_at_hand_first() -> None:
    assert taken(convenience(KEYS, AT_HAND, 3)) == "bcd"


def test_a_snowball_follows_links_until_it_is_large_enough_or_none_leads_on() -> None:
    links = {"product": PRODUCTS, "brand": BRANDS}
    assert taken(snowball(KEYS, {"product": PRODUCTS}, ["f"], 6, 0)) == "ef"
    assert taken(snowball(KEYS, links, ["f"], 6, 0)) == "cdef"
    assert taken(snowball(KEYS, links, ["f"], 3, 0)) == "def"
    assert taken(snowball(KEYS, links, ["f"], 1, 0)) == "f"


def test_judgment_takes_what_somebody_names() -> None:
    assert taken(judgment(KEYS, ["a", "d", "a"])) == "ad"


def test_a_quota_is_filled_by_what_is_at_hand_first() -> None:
    assert taken(quota(KEYS, PRODUCTS, {"1": 1, "3": 2}, AT_HAND)) == "abe"


SAMPLES: dict[str, Callable[[], Sample]] = {
    "convenience": lambda: convenience(KEYS, AT_HAND, 3),
    "snowball": lambda: snowball(KEYS, {"product": PRODUCTS}, ["f"], 2, 0),
    "judgment": lambda: judgment(KEYS, ["a"]),
    "quota": lambda: quota(KEYS, PRODUCTS, {"1": 1}, AT_HAND),
}


@pytest.mark.parametrize("method", SAMPLES)
def test_each_says_that_it_has_no_probabilities_and_estimates_nothing(method: str) -> None:
    sample = SAMPLES[method]()
    assert sample.method == method
    assert (sample.inclusion, sample.weights) == (None, None)
    assert len(sample.notes) == 1
    assert sample.notes[0].endswith(WARNING)
    assert sample.effective_size == len(sample)
    with pytest.raises(PermanentError, match=f"sampling {method}: has no probabilities, so no total can be estimated"):
        sample.total(np.ones(len(sample)))


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(PermanentError, match="judgment: the key 'q' is none of the 6 rows"):
        judgment(KEYS, ["q"])
    with pytest.raises(PermanentError, match="snowball: no row is named to begin with"):
        snowball(KEYS, {"product": PRODUCTS}, [], 2, 0)
    with pytest.raises(PermanentError, match="3 rows of '1' are asked for and 2 are there"):
        quota(KEYS, PRODUCTS, {"1": 3}, AT_HAND)
    with pytest.raises(PermanentError, match="size 7 is not between 1 and the 6 rows"):
        convenience(KEYS, AT_HAND, 7)
