import numpy as np
import pytest

from reviewloop.core.statistics.stratified import one_hot, stratified_difference


def test_of_two_shares_it_is_mantel_and_haenszels_test_of_a_table_in_a_textbook() -> None:
    # Agresti, Categorical Data Analysis, table 6.9: eight centres, success by treatment; its statistic there is 6.38.
    centres = [(11, 25, 10, 27), (16, 4, 22, 10), (14, 5, 7, 12), (2, 14, 1, 16)]
    centres += [(6, 11, 0, 12), (1, 10, 0, 10), (1, 4, 1, 8), (4, 2, 6, 1)]
    rows = [
        (centre, treated, success)
        for centre, (a, b, c, d) in enumerate(centres)
        for treated, success, count in ((1, 1, a), (1, 0, b), (0, 1, c), (0, 0, d))
        for _ in range(count)
    ]
    centre, treated, success = np.array(rows).T
    found = stratified_difference(success[:, np.newaxis].astype(float), treated, centre)
    assert found.num_free == 1
    assert found.statistic == pytest.approx(6.384, abs=0.002)


def test_what_the_strata_explain_is_no_difference() -> None:
    rng = np.random.default_rng(1)
    strata = rng.random(2000) < 0.5
    second = rng.random(2000) < np.where(strata, 0.8, 0.2)
    measured = rng.normal(size=(2000, 3)) + strata[:, np.newaxis]
    assert stratified_difference(measured, second).chance < 1e-6
    assert stratified_difference(measured, second, strata).chance > 0.001


def test_its_chances_are_even_under_the_null_and_stable_under_the_order_of_rows() -> None:
    rng, found = np.random.default_rng(2), []
    for _ in range(400):
        measured, strata = rng.gamma(2, size=(900, 8)), rng.integers(3, size=900)
        second = np.arange(900) < 100
        one = stratified_difference(measured, second, strata)
        order = rng.permutation(900)
        assert stratified_difference(measured[order], second[order], strata[order]).chance == pytest.approx(one.chance)
        found.append(one.chance)
    assert 0.02 <= np.mean(np.array(found) <= 0.05) <= 0.09


def test_where_nothing_varies_there_is_no_chance() -> None:
    assert np.isnan(stratified_difference(np.ones((50, 2)), np.arange(50) < 10).chance)


def test_rare_values_are_one_column() -> None:
    assert one_hot(["a", "b", "a", "c"]).shape == (4, 3)
    found = one_hot(["a"] * 50 + ["b"] * 48 + ["c", "d"], 0.05)
    assert found.shape == (100, 3)
    assert found.sum() == 100
