"""What luck does: the level of the whole decision, by rows; and that it is known from the reference alone."""

import numpy as np
import pytest
from scipy.stats import beta
from tests.helpers.monitored import CONFIG, reference_of, shop

from reviewloop.core.monitoring.drift.feature_map import Features
from reviewloop.core.monitoring.drift.null import Null, Tail, grid_rows, simulate
from reviewloop.core.monitoring.drift.reference import Reference
from reviewloop.core.monitoring.drift.signals import statistic

REFERENCE_ROWS = 600


@pytest.fixture(scope="module")
def pool() -> tuple[Reference, Features]:
    """A reference, and the features of many other rows of the same shop."""
    reference = reference_of(REFERENCE_ROWS)
    return reference, reference.map.features(shop(6000, 2).sample())


def drawn(features: Features, rows: np.ndarray) -> Features:
    return Features(features.plain[rows], features.rated[rows], features.halved[rows], np.arange(len(rows)) % 2)


def alarms(reference: Reference, others: Features, null: Null, num_rows: int, alpha: float, num_days: int) -> int:
    """Of clean days, each beside a reference of its own, both of rows that the null has never seen."""
    rng, found = np.random.default_rng(9), 0
    for _ in range(num_days):
        day, then = (drawn(others, rng.integers(6000, size=size)).means() for size in (num_rows, REFERENCE_ROWS))
        values = [(one, statistic(one, day, then, CONFIG.min_slice_rows)) for one in reference.map.signals]
        rarest = max(float(null.rarity(signal, value)[0]) for signal, value in values)
        found += null.chance(rarest) <= alpha
    return found


@pytest.mark.parametrize("num_rows", [50, 200, 3000])
def test_clean_days_fire_as_often_as_they_are_allowed_to_at_every_size(pool: tuple[Reference, Features], num_rows: int) -> None:
    """M1, M3: at 5 % of 300 days; the interval of the true rate (Clopper-Pearson, 99.9 %) holds what was set, or less."""
    reference, others = pool
    null = simulate(reference.map, reference.features, num_rows, num_rows, CONFIG.min_slice_rows, 1000, 1)
    found = alarms(reference, others, null, num_rows, 0.05, 300)
    assert beta.ppf(0.0005, found, 301 - found) < 0.06
    assert found > 2, "and not never"


def test_no_constant_serves_every_size(pool: tuple[Reference, Features]) -> None:
    reference, _ = pool
    small, large = (reference.null(rows, rows, CONFIG) for rows in (50, 1000))
    for name in ("text_length", "department", "text", "answers"):
        assert small.tails[name].start > 4 * large.tails[name].start


def test_the_reference_is_known_to_be_a_sample(pool: tuple[Reference, Features]) -> None:
    """However many rows the day has, its distance to a reference of 600 rows does not go to 0."""
    reference, _ = pool
    large, huge = (reference.null(rows, rows, CONFIG) for rows in (20_000, 80_000))
    assert huge.tails["text"].start > 0.8 * large.tails["text"].start


def test_the_same_seed_gives_the_same_null_and_another_another(pool: tuple[Reference, Features]) -> None:
    reference, _ = pool
    one, same, other = (simulate(reference.map, reference.features, 60, 60, 20, 400, seed) for seed in (1, 1, 2))
    assert (one.maxima == same.maxima).all()
    assert one.tails == same.tails
    assert (one.maxima != other.maxima).any()


def test_it_is_read_again_as_it_was_stored(pool: tuple[Reference, Features]) -> None:
    import json

    null = pool[0].null(60, 20, CONFIG)
    again = Null.from_json(json.loads(json.dumps(null.as_json())))
    assert (again.num_rows, again.num_rated, again.tails) == (60, 20, null.tails)
    assert again.maxima == pytest.approx(null.maxima, abs=1e-6)
    assert again.threshold(0.005) == pytest.approx(null.threshold(0.005), abs=1e-6)


def test_a_chance_counts_the_observed_value_and_is_never_zero() -> None:
    null = Null(10, 0, {}, np.arange(99, dtype=float))
    assert null.chance(1e9) == 0.01
    assert null.chance(98.0) == 0.02
    assert null.chance(-1.0) == 1.0
    assert null.threshold(0.02) == 97.0, "beyond it"
    assert null.threshold(0.001) == np.inf, "too few draws to be so sure: it never fires"


def test_rows_go_down_to_a_grid_of_five_per_cent_and_never_up() -> None:
    found = {rows: grid_rows(rows) for rows in range(1, 3000)}
    assert all(0.94 * rows - 1 <= grid <= rows for rows, grid in found.items())
    assert found[20] == 20
    assert len(set(found.values())) < 200
    assert all(grid_rows(grid) == grid for grid in found.values())
    assert grid_rows(0) == 0


def test_a_statistic_that_never_varied_says_nothing_and_a_slice_that_is_too_small_neither() -> None:
    nothing = Tail(0.0, 0.0, 0.0, 0.0)
    assert np.isneginf(nothing.rarity(np.array([0.0, 3.0]))).all()
    some = Tail(0.0, 1.0, 0.02, 0.5)
    assert some.rarity(np.array([-np.inf, 0.0, 1.0])) == pytest.approx([-np.inf, 0.0, np.log10(50)])
    assert some.rarity(np.array([1.5]))[0] == pytest.approx(np.log10(50) + np.log10(np.e))


def test_it_is_simulated_for_the_rows_that_are_rated(pool: tuple[Reference, Features]) -> None:
    reference, _ = pool
    whole, part, none = (reference.null(400, rated, CONFIG) for rated in (400, 50, 0))
    assert part.tails["labels"].start > 3 * whole.tails["labels"].start
    assert part.tails["text_length"].start == pytest.approx(whole.tails["text_length"].start, rel=0.3)
    assert "labels" not in none.tails
