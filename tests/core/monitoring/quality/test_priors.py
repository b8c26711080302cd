import numpy as np
import pytest
from tests.helpers.answered import USUAL, Floats, Ints, reviews

from reviewloop.core.monitoring.quality.calibration import fit
from reviewloop.core.monitoring.quality.priors import estimate, fit_mixture, mlls, moved_chance, sealed_counts

PLANTED = np.array([0.3, 0.1, 0.6])


def told(day: Floats, reference: tuple[Ints, Floats], **changes: object) -> object:
    settings = {"min_singular_value": 0.1, "num_draws": 400, "seed": 1} | changes
    return estimate(day, fit(*reference), sealed_counts(*reference), **settings)  # type: ignore[arg-type]


def test_shares_of_30_10_60_are_found_in_9_of_10_days_of_500_and_the_intervals_hold_them() -> None:
    rng = np.random.default_rng(1)
    near, inside, num_days = [], [], 60
    for _ in range(num_days):
        reference = reviews(USUAL, 3000, rng)
        found = told(reviews(PLANTED, 500, rng)[1], reference).mlls
        near.append(all(abs(one.value - share) <= 0.05 for one, share in zip(found, PLANTED, strict=True)))
        inside.append([one.low <= share <= one.high for one, share in zip(found, PLANTED, strict=True)])
    assert np.mean(near) >= 0.8  # of 60 days; `make study-live-quality` counts more
    assert (np.mean(inside, axis=0) >= 0.85).all()
    assert 0.9 <= np.mean(inside) <= 0.985


def test_the_intervals_know_that_the_reference_is_a_sample_too() -> None:
    rng = np.random.default_rng(2)
    day = reviews(PLANTED, 5000, rng)[1]
    widths = [[one.high - one.low for one in told(day, reviews(USUAL, rows, rng)).mlls] for rows in (400, 20000)]
    assert widths[0][0] > 1.5 * widths[1][0]


def test_bbse_stands_beside_it_and_no_share_is_negative() -> None:
    rng = np.random.default_rng(3)
    reference = reviews(USUAL, 1000, rng)
    for shares in ([0.01, 0.01, 0.98], [0.98, 0.01, 0.01]):
        for _ in range(10):
            found = told(reviews(shares, 60, rng)[1], reference)
            for of_one in (found.mlls, found.bbse):
                values = np.array([[one.low, one.value, one.high] for one in of_one])
                assert (values >= 0).all()
                assert (values <= 1).all()
                assert values[:, 1].sum() == pytest.approx(1)


def test_em_climbs_to_the_maximum_of_the_likelihood() -> None:
    rng = np.random.default_rng(4)
    calibration, day = fit(*reviews(USUAL, 2000, rng)), reviews(PLANTED, 300, rng)[1]
    calibrated = calibration.apply(day)
    best = mlls(calibrated, calibration.shares)

    def likelihood(shares: Floats) -> float:
        return float(np.log(calibrated / calibration.shares @ shares).sum())

    for away in ([0.01, -0.01, 0], [-0.01, 0, 0.01], [0, 0.01, -0.01], [0.005, 0.005, -0.01]):
        assert likelihood(best) > likelihood(best + np.array(away))


def test_a_model_that_hardly_tells_classes_apart_is_refused_with_the_reason() -> None:
    rng = np.random.default_rng(5)
    labels, answered = reviews(USUAL, 2000, rng)
    blind = answered.copy()
    blind[:, 1] = 0  # it never answers neutral
    blind /= blind.sum(axis=1, keepdims=True)
    found = told(blind[:200], (labels, blind))
    assert found.mlls == found.bbse == ()
    assert "hardly tells some classes apart" in found.refused


def test_where_more_has_moved_than_the_shares_none_are_told() -> None:
    rng = np.random.default_rng(6)
    found = told(reviews(PLANTED, 200, rng)[1], reviews(USUAL, 1000, rng), moved="the texts are of other topics")
    assert found.mlls == ()
    assert found.refused == "not only the classes' shares have moved: the texts are of other topics"


def test_shares_that_have_moved_are_told_from_those_that_have_not() -> None:
    rng = np.random.default_rng(7)
    calibration = fit(*reviews(USUAL, 3000, rng))
    clean = [moved_chance(fit_mixture(reviews(USUAL, 200, rng)[1], calibration), calibration) for _ in range(100)]
    doubled = [moved_chance(fit_mixture(reviews(PLANTED, 200, rng)[1], calibration), calibration) for _ in range(20)]
    assert 0.0 <= np.mean(np.array(clean) <= 0.05) <= 0.13
    assert np.mean(np.array(doubled) <= 0.05) >= 0.9
