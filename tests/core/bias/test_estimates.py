import numpy as np
import pytest

from reviewloop.core.bias.estimates import Estimate, estimate, excess, tail
from reviewloop.core.bias.measures import COLUMNS, measure_all
from reviewloop.core.statistics.many_tests import holm

DPL_POSITIVE = COLUMNS.index(("DPL", 2))
CI = COLUMNS.index(("CI", None))
TVD = COLUMNS.index(("TVD", None))


def estimated(rest: tuple[int, int, int], group: tuple[int, int, int], seed: int = 1) -> Estimate:
    return estimate(np.array([[rest], [group]]), 1000, np.random.default_rng(seed))


def chance(found: Estimate, place: int, limit: float) -> float:
    return float(tail(found, np.full(len(COLUMNS), limit))[place])


def test_the_interval_of_dpl_is_as_wide_as_theory_says() -> None:
    found = estimated((200, 100, 700), (20, 10, 70))
    error = np.sqrt(0.7 * 0.3 / 1000 + 0.7 * 0.3 / 100)
    assert found.error[DPL_POSITIVE] == pytest.approx(error, rel=0.1)
    assert found.high[DPL_POSITIVE] - found.low[DPL_POSITIVE] == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_intervals_hold_the_truth_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(5)
    shares = np.array([[[0.10, 0.12, 0.58]], [[0.05, 0.04, 0.11]]])
    truth = measure_all(shares)
    hits = np.zeros(len(COLUMNS))
    for _ in range(200):
        found = estimate(rng.multinomial(400, shares.ravel()).reshape(shares.shape), 300, rng)
        hits += (found.low <= truth) & (truth <= found.high)
    shares_held = dict(zip(COLUMNS, hits / 200, strict=True))
    assert all(share >= 0.88 for share in shares_held.values()), shares_held


def test_the_same_seed_gives_the_same_numbers() -> None:
    one, again, other = (estimated((20, 30, 90), (10, 5, 30), seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.low, again.low)
    assert (one.low != other.low).any()


def test_a_distance_that_chance_explains_is_pulled_back() -> None:
    found = estimated((12, 18, 120), (5, 1, 24))
    assert found.value[TVD] > 0.08
    assert found.corrected[TVD] < found.value[TVD]
    assert found.low[TVD] < 0.02


def test_evidence_grows_with_the_rows() -> None:
    few, many = estimated((20, 20, 160), (6, 6, 18)), estimated((200, 200, 1600), (60, 60, 180))
    assert few.value[DPL_POSITIVE] == pytest.approx(many.value[DPL_POSITIVE]) == pytest.approx(0.2)
    assert chance(few, DPL_POSITIVE, 0.1) > 0.05 > chance(many, DPL_POSITIVE, 0.1)
    assert chance(many, DPL_POSITIVE, 0.3) > 0.5


def test_a_small_group_that_lacks_a_label_is_not_sure_of_it() -> None:
    assert estimated((20, 30, 150), (0, 0, 20)).error[DPL_POSITIVE] > 0.05


def test_no_rest_is_certain_and_what_cannot_be_measured_is_no_evidence() -> None:
    found = estimated((0, 0, 0), (10, 10, 80))
    assert (found.value[CI], found.error[CI], chance(found, CI, 0.8)) == (-1, 0, 0)
    assert np.isnan(chance(found, DPL_POSITIVE, 0.1))
    with pytest.raises(ValueError, match="no rows"):
        estimated((0, 0, 0), (0, 0, 0))


def test_limits_guard_one_direction_or_both() -> None:
    values = np.full(len(COLUMNS), -0.4)
    reach = dict(zip(COLUMNS, excess(values), strict=True))
    assert (reach["CI", None], reach["DPL", 1], reach["CDDL", 0], reach["TVD", None]) == (0.4, 0.4, 0.4, -0.4)


def test_holm_is_holms() -> None:
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])  # worked by hand
    assert holm(np.array([0.6, 0.7])) == pytest.approx([1.0, 1.0])
    assert holm(np.array([np.nan, 0.04, np.nan])) == pytest.approx([np.nan, 0.04, np.nan], nan_ok=True)
    assert holm(np.array([])).tolist() == []


def test_holm_keeps_a_report_without_bias_clean() -> None:
    rng = np.random.default_rng(9)
    false_marks = sum((holm(rng.random(200)) <= 0.05).any() for _ in range(1000))
    assert false_marks / 1000 <= 0.07
