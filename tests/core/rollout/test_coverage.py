"""Labels that come for one half of the lengths are seen; those that come for both alike are not taken for it."""

import numpy as np
import pytest

from reviewloop.core.rollout.coverage import Gap, Half, gap


def halves(is_longer: np.ndarray, is_labelled: np.ndarray) -> tuple[Half, Half]:
    """Of reviews, each of a unit of its own."""
    counts = [(int(mine.sum()), int((mine & is_labelled).sum())) for mine in (~is_longer, is_longer)]
    return Half(*counts[0], *counts[0]), Half(*counts[1], *counts[1])


def seen(found: Gap | None, limit: float = 0.0) -> bool:
    return found is not None and found.value > limit and found.p <= 0.05


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [((0, 0), (0, 0)), ((10, 0), (10, 0)), ((10, 5), (0, 0)), ((0, 0), (10, 5))],
)
def test_without_a_label_or_without_two_lengths_nothing_is_told(shorter: tuple[int, int], longer: tuple[int, int]) -> None:
    assert gap(Half(*shorter, *shorter), Half(*longer, *longer)) is None


def test_the_gap_is_the_difference_of_the_shares_in_their_sum_whatever_their_size() -> None:
    for num_reviews in (100, 10_000):
        found = gap(Half(num_reviews, 30, num_reviews, 30), Half(num_reviews, 20, num_reviews, 20))
        assert found is not None
        assert found.value == pytest.approx(0.2)
    one_sided = gap(Half(100, 0, 100, 0), Half(300, 60, 300, 60))
    assert one_sided is not None
    assert one_sided.value == 1.0


def test_ten_labels_of_ten_on_one_side_are_as_likely_by_luck_as_the_two_bets_say() -> None:
    """Together the bets on either side are the bet on every p: the mean of (2p)^10 over 0 to 1 is 2^10 / 11."""
    found = gap(Half(20, 10, 20, 10), Half(20, 0, 20, 0))
    assert found is not None
    assert found.p == pytest.approx(11 / 2**10)


def test_either_half_may_be_the_one_and_units_are_asked_not_reviews() -> None:
    few, many = Half(1000, 50, 1000, 50), Half(1000, 150, 1000, 150)
    assert gap(few, many) == gap(many, few)
    assert seen(gap(few, many))
    one_caller = Half(1000, 150, 50, 8)
    assert not seen(gap(Half(1000, 50, 50, 6), one_caller))
    assert not seen(gap(Half(1000, 50, 50, 6), Half(1000, 150, 0, 0)))


@pytest.mark.parametrize(("share", "late"), [(0.05, 0), (0.3, 500)])
def test_labels_that_do_not_ask_for_the_length_are_seldom_taken_for_uneven_however_often_one_looks(share: float, late: int) -> None:
    """Lengths are drawn, the median is that of each look, and labels may come ``late`` reviews after the answer."""
    rng = np.random.default_rng(11)
    alarms = 0
    for _ in range(100):
        lengths, luck = np.round(rng.lognormal(5.5, 0.6, 3000)), rng.random(3000) < share
        for num in range(100, 3001, 100):
            is_labelled = luck[:num] & (np.arange(num) < num - late)
            if seen(gap(*halves(lengths[:num] > np.median(lengths[:num]), is_labelled))):
                alarms += 1
                break
    assert alarms <= 0.05 * 100


def test_three_labels_to_one_are_seen_long_before_the_verdict_and_three_to_two_by_then() -> None:
    """The verdict takes 617 labels, of a version that is as good, in 80 % of the rollouts."""
    rng = np.random.default_rng(12)
    for shares, num_labels in (((0.15, 0.05), 150), ((0.12, 0.08), 617)):
        found = 0
        for _ in range(200):
            is_longer = rng.random(num_labels * 10) < 0.5
            found += seen(gap(*halves(is_longer, rng.random(num_labels * 10) < np.where(is_longer, *shares[::-1]))))
        assert found >= 0.8 * 200, shares
