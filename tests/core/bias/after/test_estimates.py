import numpy as np
import pytest

from reviewloop.config import load_config
from reviewloop.core.bias.after.estimates import beyond, estimate, estimate_entropy, tails
from reviewloop.core.bias.after.measures import COLUMNS, measure_all, support
from reviewloop.core.bias.estimates import Estimate

RD_NEGATIVE = COLUMNS.index(("RD", 0))
DI_NEGATIVE = COLUMNS.index(("DI", 0))
SHARES = np.array([[0.08, 0.02, 0.02], [0.02, 0.06, 0.04], [0.02, 0.04, 0.70]])
"""Of (label, prediction), for a decent model."""


def drawn(num_rest: int, num_group: int, rng: np.random.Generator, shares: np.ndarray = SHARES) -> np.ndarray:
    sides = [rng.multinomial(rows, (some / some.sum()).ravel()) for rows, some in ((num_rest, SHARES), (num_group, shares))]
    return np.array(sides).reshape(2, 1, 3, 3)


def estimated(counts: np.ndarray, seed: int = 1) -> Estimate:
    return estimate(counts, 400, np.random.default_rng(seed))


def test_the_interval_of_a_recall_difference_is_as_wide_as_theory_says() -> None:
    counts = np.stack([np.round(6000 * SHARES), np.round(1500 * SHARES)]).astype(int)[:, np.newaxis]
    share = 0.08 / 0.12
    error = np.sqrt(share * (1 - share) * (1 / 720 + 1 / 180))
    assert estimated(counts).error[RD_NEGATIVE] == pytest.approx(error, rel=0.12)


@pytest.mark.parametrize("harm", [0.0, 0.05])
def test_intervals_hold_the_truth_nineteen_times_in_twenty(harm: float) -> None:
    rng, harmed = np.random.default_rng(5), SHARES + harm * np.array([[-1, 0, 1], [0, 0, 0], [0, 0, 0]])
    truth = measure_all(np.stack([3000 * SHARES, 500 * harmed])[:, np.newaxis])
    hits = np.zeros(len(COLUMNS))
    for _ in range(150):
        found = estimate(drawn(3000, 500, rng, harmed), 300, rng)
        hits += (found.low <= truth) & (truth <= found.high)
    held = dict(zip(COLUMNS, hits / 150, strict=True))
    assert {column: share for column, share in held.items() if share < 0.86} == {}


def test_equal_groups_are_rarely_beyond_the_limits_however_few_their_rows() -> None:
    rng, after = np.random.default_rng(6), load_config("test").bias_after
    limits = np.array([after.limit(name).warn for name, _ in COLUMNS])
    for num_group in (25, 60, 200):
        marked, judged = np.zeros(len(COLUMNS)), np.zeros(len(COLUMNS))
        for _ in range(150):
            counts = drawn(2000, num_group, rng)
            found, enough = estimated(counts), support(counts) >= after.min_rows
            marked += enough & (tails(found, beyond(found.corrected, limits)) <= 0.05)
            judged += enough
        shares = dict(zip(COLUMNS, marked / 150, strict=True))
        assert {column: share for column, share in shares.items() if share > 0.05} == {}, num_group
        assert (judged > 0).sum() >= 15


def test_what_a_small_group_happens_to_lack_is_not_certain() -> None:
    rest = np.round(3000 * SHARES).astype(int)
    group = np.array([[0, 1, 2], [0, 1, 1], [0, 1, 20]])
    found = estimated(np.stack([rest, group])[:, np.newaxis])
    assert found.value[RD_NEGATIVE] == pytest.approx(2 / 3, abs=0.01)
    assert found.error[RD_NEGATIVE] > 0.1
    assert found.corrected[RD_NEGATIVE] < found.value[RD_NEGATIVE]


def test_evidence_grows_with_the_rows() -> None:
    harmed = SHARES + 0.05 * np.array([[-1, 0, 1], [0, 0, 0], [0, 0, 0]])
    limits = np.full(len(COLUMNS), 0.2)
    seen = []
    for size in (1, 10):
        counts = np.stack([2000 * size * SHARES, 200 * size * harmed]).round().astype(int)[:, np.newaxis]
        found = estimated(counts)
        seen.append(tails(found, beyond(found.corrected, limits))[RD_NEGATIVE])
    assert seen[0] > 0.01 > seen[1]


def test_a_ratio_counts_both_ways_and_a_difference_too() -> None:
    values = np.full(len(COLUMNS), 0.25)
    far = dict(zip(COLUMNS, beyond(values, np.full(len(COLUMNS), 2.0)), strict=True))
    assert far["DI", 0] == pytest.approx(0.25)  # one over the limit is 0.5
    assert far["RD", 0] == pytest.approx(-1.75)
    assert dict(zip(COLUMNS, beyond(-values, np.full(len(COLUMNS), 0.2)), strict=True))["SD", 1] == pytest.approx(0.05)
    assert beyond(np.full(len(COLUMNS), 3.0), np.full(len(COLUMNS), 2.0))[DI_NEGATIVE] == pytest.approx(1)


def test_what_some_resamples_cannot_give_is_no_evidence_and_no_rows_are_an_error() -> None:
    seldom = np.array([[[[9, 1, 0], [0, 0, 9], [0, 0, 90]]], [[[9, 1, 0], [0, 0, 9], [0, 0, 90]]]])
    found = estimated(seldom)
    te_neutral = COLUMNS.index(("TE", 1))
    assert np.isnan([found.low[te_neutral], found.error[te_neutral]]).all()
    assert np.isnan(tails(found, beyond(found.corrected, np.ones(len(COLUMNS))))[te_neutral])
    for broken in (lambda: estimated(np.zeros((2, 1, 3, 3), dtype=int)), lambda: estimate_entropy(np.zeros((3, 3)), 100, None)):  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="no rows"):
            broken()


def test_entropy_lies_in_its_interval() -> None:
    found = estimate_entropy(np.round(2000 * SHARES).astype(int), 400, np.random.default_rng(0))
    assert (found.low < found.value).all()
    assert (found.value < found.high).all()
    assert (found.error > 0).all()
