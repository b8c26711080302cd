"""The complaints' exact test: its level, its power, and the smallest rise that is told."""

import math

import numpy as np
import pytest
from scipy.stats import binom, fisher_exact
from tests.helpers.monitored import CONFIG, Shop, Watch, outcome, reference_of, shop

from reviewloop.core.monitoring.drift.complaints import Complaints, chance, least_seen, smallest_share
from reviewloop.errors import PermanentError

REAL = Complaints(1884, 18_113)
"""About as many as the real reviews have."""
ALPHA = CONFIG.alpha / 2


def test_without_earlier_days_it_is_fishers_exact_test() -> None:
    expected = fisher_exact([[44, 156], [1884, 16_229]], alternative="greater").pvalue
    assert chance(Complaints(44, 200), [], REAL) == pytest.approx(expected)
    assert chance(Complaints(0, 0), [], REAL) == 1.0
    assert chance(Complaints(3, 10), [], Complaints(0, 0)) == 1.0
    assert 0 < chance(Complaints(20_000, 20_000), [], REAL) < 1e-100


def test_with_earlier_days_the_chances_of_all_that_may_come_are_summed() -> None:
    """Against every way in which four complaints may fall to three small parts."""
    day, past, before = Complaints(2, 3), Complaints(1, 4), Complaints(1, 9)

    def z(count: int, rows: int, other: int) -> float:
        pooled = (count + other) / (rows + 9)
        spread = pooled * (1 - pooled) * (1 / rows + 1 / 9)
        return 0.0 if spread == 0 else (count / rows - other / 9) / math.sqrt(spread)

    def rise(in_day: int, in_past: int) -> float:
        rest = 4 - in_day - in_past
        return max(z(in_day, 3, rest), z(in_day + in_past, 7, rest))

    ways = [(a, b) for a in range(4) for b in range(5) if 4 - a - b >= 0 and rise(a, b) >= rise(2, 1) - 1e-9]
    expected = sum(math.comb(3, a) * math.comb(4, b) * math.comb(9, 4 - a - b) for a, b in ways) / math.comb(16, 4)
    assert chance(day, [past], before) == pytest.approx(expected)


@pytest.mark.parametrize(("num_rated", "num_earlier"), [(50, 0), (200, 2), (1000, 0)])
def test_where_nothing_rose_it_fires_as_rarely_as_it_promises(num_rated: int, num_earlier: int) -> None:
    rng, found = np.random.default_rng(1), 0
    for counts, before in zip(rng.binomial(num_rated, 0.1, (2000, 1 + num_earlier)), rng.binomial(900, 0.1, 2000), strict=True):
        days = [Complaints(int(count), num_rated) for count in counts]
        found += chance(days[0], days[1:], Complaints(int(before), 900)) <= 0.05
    assert found / 2000 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)


def test_doubled_complaints_at_200_rows_are_seen_on_day_one_and_half_as_many_more_within_three() -> None:
    """M2, by the exact test alone, with half of alpha; the other signals see some of the rest (``make study-drift``)."""
    rng, alpha = np.random.default_rng(2), CONFIG.alpha / 2

    def seen(counts: np.ndarray) -> list[bool]:
        each = [Complaints(int(count), 200) for count in counts]
        return [chance(each[day], each[day - 2 : day], REAL) <= alpha for day in range(2, len(each))]

    calm = rng.binomial(200, REAL.share, (400, 2))
    doubled = np.hstack([calm, rng.binomial(200, 2 * REAL.share, (400, 1))])
    half_more = np.hstack([calm, rng.binomial(200, 1.5 * REAL.share, (400, 3))])
    assert np.mean([any(seen(counts)) for counts in doubled]) >= 0.87
    assert np.mean([any(seen(counts)) for counts in half_more]) >= 0.77


def test_the_fewest_complaints_that_fire_are_just_enough() -> None:
    for earlier in ([], [Complaints(25, 200)]):
        least = least_seen(200, earlier, REAL, ALPHA)
        assert least is not None
        assert chance(Complaints(least, 200), earlier, REAL) <= ALPHA < chance(Complaints(least - 1, 200), earlier, REAL)
    assert least_seen(1, [], REAL, ALPHA) is None
    assert least_seen(0, [], REAL, ALPHA) is None


@pytest.mark.parametrize(("hit", "false_hit"), [(1.0, 0.0), (0.6, 0.05)])
def test_the_smallest_rise_is_seen_with_the_power_that_is_told(hit: float, false_hit: float) -> None:
    least = least_seen(200, [], REAL, ALPHA)
    share = smallest_share(200, least, 0.8, hit, false_hit)
    assert share is not None
    assert binom.sf(least - 1, 200, share * hit + (1 - share) * false_hit) == pytest.approx(0.8)


def test_where_no_share_would_do_none_is_told() -> None:
    assert smallest_share(10, None, 0.8) is None
    assert smallest_share(20, 15, 0.8, hit=0.5) is None
    assert smallest_share(20, 5, 0.8, hit=0.1, false_hit=0.2) is None
    with pytest.raises(PermanentError, match="power: 1 is not allowed"):
        smallest_share(20, 5, 1)


def test_what_a_day_of_answers_alone_could_have_shown_it_does_show() -> None:
    """Of 200 days whose complaints rose so far, 160 have the answers that fire, give or take luck and the reference's recall."""
    watch = Watch(reference_of(seed=2, with_embeddings=False))
    told = watch.judge(shop(300, 70).changed(rating=None).sample()).smallest_change
    assert told.answered is not None
    assert f"to {told.answered:.1%} by the answers alone" in told.words
    days = [shop(300, 200 + seed, complaints=told.answered) for seed in range(200)]
    called = [int((day.frame[["p_negative", "p_neutral", "p_positive"]].to_numpy().argmax(axis=1) == 0).sum()) for day in days]
    fires = {count: fires_with(watch, days[0], count) for count in set(called)}
    assert 0.7 <= np.mean([fires[count] for count in called]) <= 0.9


def fires_with(watch: Watch, day: Shop, num_called: int) -> bool:
    """Whether the answers fire where the champion calls so many of the day's reviews complaints."""
    answers = np.where((np.arange(300) < num_called)[:, np.newaxis], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8])
    columns = {f"p_{name}": answers[:, place] for place, name in enumerate(("negative", "neutral", "positive"))}
    return outcome(watch.judge(day.changed(rating=None, **columns).sample()), "answered complaints").verdict == "moved"


def test_more_rows_show_smaller_rises() -> None:
    shares = [smallest_share(rows, least_seen(rows, [], REAL, ALPHA), 0.8) for rows in (50, 200, 1000, 20_000)]
    assert all(one is not None for one in shares)
    assert shares == sorted(shares, reverse=True)  # type: ignore[type-var]
