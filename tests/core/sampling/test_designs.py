"""Every sampling with probabilities: what it promises of each row is what happens, whatever order the rows come in."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chisquare

from reviewloop.core.sampling.probability import allocate, importance, inclusion_probabilities, simple_random, stratified, weighted
from reviewloop.core.sampling.reservoir import reservoir
from reviewloop.core.sampling.sample import Sample
from reviewloop.errors import PermanentError
from reviewloop_local.studies.sampling_study import DESIGNS, KEYS, chosen_once

SEEDS = range(600)
Floats = NDArray[np.float64]


@pytest.mark.parametrize("name", DESIGNS)
def test_rows_are_taken_as_often_as_their_probabilities_say(name: str) -> None:
    observed, expected = chosen_once(DESIGNS[name], SEEDS)
    possible = expected > 0
    assert observed[~possible].sum() == 0
    assert chisquare(observed[possible], expected[possible]).pvalue > 0.001


def test_the_test_of_probabilities_finds_a_wrong_one() -> None:
    def favours_the_first(keys: list[str], seed: int) -> Sample:
        sample = simple_random(keys[1:], 9, seed)
        places = np.concatenate([[0], sample.places + 1])
        return Sample("simple_random", places, len(keys), np.full(10, 10 / len(keys)), np.full(10, len(keys) / 10))

    observed, expected = chosen_once(favours_the_first, SEEDS)
    assert chisquare(observed, expected).pvalue < 1e-6


@pytest.mark.parametrize("name", DESIGNS)
def test_the_order_of_the_rows_decides_nothing(name: str) -> None:
    def taken(order: Floats) -> set[tuple[str, float, float]]:
        sample = DESIGNS[name]([KEYS[place] for place in order], 7)
        assert sample.inclusion is not None
        assert sample.weights is not None
        keys = [KEYS[order[place]] for place in sample.places]
        return set(zip(keys, sample.inclusion.round(12), sample.weights.round(12), strict=True))

    straight = np.arange(len(KEYS))
    assert taken(straight) == taken(straight[::-1]) == taken(np.random.default_rng(1).permutation(straight))


@pytest.mark.parametrize("name", DESIGNS)
def test_the_seed_decides_and_weights_stand_for_all_rows(name: str) -> None:
    first, again, other = (DESIGNS[name](KEYS, seed) for seed in (1, 1, 2))
    assert first.places.tolist() == again.places.tolist() != other.places.tolist()
    totals = [DESIGNS[name](KEYS, seed).total(np.ones(len(first))) for seed in range(40)]
    represented = len(KEYS) - (1 if name == "weighted" else 0)  # the row of weight 0
    assert np.mean(totals) == pytest.approx(represented, rel=0.1)


@pytest.mark.parametrize("name", [name for name in DESIGNS if name != "reservoir"])  # see test_reservoir.py
def test_a_row_that_is_there_twice_is_refused_by_its_key(name: str) -> None:
    with pytest.raises(PermanentError, match="the key 'review 0' is there 2 times"):
        DESIGNS[name]([*KEYS[:-1], KEYS[0]], 7)


@pytest.mark.parametrize("size", [0, 51])
def test_a_size_that_cannot_be_is_refused(size: int) -> None:
    ones = np.ones(50)
    tries: list[Callable[[], Sample]] = [
        lambda: simple_random(KEYS, size, 0),
        lambda: stratified(KEYS, ["a"] * 50, size, 0),
        lambda: weighted(KEYS, ones, size, 0),
        lambda: importance(KEYS, ones, ones, size, 0),
    ]
    for attempt in tries:
        with pytest.raises(PermanentError, match=f"size {size} is not between 1 and the 50 rows there are"):
            attempt()


def test_a_reservoir_larger_than_its_rows_takes_all_for_certain() -> None:
    sample = reservoir({"2026-01-01": KEYS}, 80, 0)
    assert sample.places.tolist() == list(range(50))
    assert sample.inclusion is not None
    assert set(sample.inclusion) == {1.0}


def test_weights_of_nothing_are_never_taken_and_told() -> None:
    weights = np.array([0.0] * 45 + [1.0] * 5)
    assert weighted(KEYS, weights, 5, 0).places.tolist() == [45, 46, 47, 48, 49]
    assert weighted(KEYS, weights, 2, 0).notes == (
        "45 rows of weight 0 can never be taken, and the sample stands for none of them.",
    )
    with pytest.raises(PermanentError, match="size 6, but only 5 rows have a weight above 0"):
        weighted(KEYS, weights, 6, 0)
    for wrong in (-1.0, np.nan, np.inf):
        with pytest.raises(PermanentError, match="a weight is below 0 or no finite number"):
            weighted(KEYS, np.where(weights > 0, weights, wrong), 2, 0)


def test_what_would_be_more_than_certain_is_certain_and_the_rest_share_what_is_left() -> None:
    found = inclusion_probabilities(np.array([100.0, 3.0, 2.0, 1.0]), 2)
    assert found.tolist() == pytest.approx([1, 3 / 6, 2 / 6, 1 / 6])
    assert inclusion_probabilities(np.array([100.0, 30.0, 1.0, 1.0]), 3).tolist() == pytest.approx([1, 1, 0.5, 0.5])


def test_strata_get_their_share_and_at_least_what_is_asked_for() -> None:
    assert allocate({"a": 70, "b": 20, "c": 10}, 10, 1) == {"a": 7, "b": 2, "c": 1}
    assert allocate({"a": 97, "b": 2, "c": 1}, 10, 1) == {"a": 8, "b": 1, "c": 1}
    assert allocate({"a": 97, "b": 2, "c": 1}, 10, 2) == {"a": 7, "b": 2, "c": 1}
    assert allocate({"a": 1, "b": 1, "c": 1}, 2, 0) == {"a": 1, "b": 1, "c": 0}
    assert sum(allocate({str(place): place for place in range(1, 40)}, 333, 3).values()) == 333
    with pytest.raises(PermanentError, match="size 2 has no room for 1 of each of 3 strata; ask for at least 3 rows"):
        stratified(KEYS[:3], ["a", "b", "c"], 2, 0)


def test_importance_means_are_unbiased_where_plain_ones_are_not() -> None:
    values = np.linspace(0, 1, 50) ** 2
    proposal = 0.1 + values  # the larger a value, the likelier its row
    truth = values.mean()
    samples = [importance(KEYS, np.ones(50), proposal, 10, seed) for seed in range(300)]
    estimates = np.array([sample.total(values[sample.places]) / 50 for sample in samples])
    standard_error = estimates.std(ddof=1) / np.sqrt(len(estimates))
    assert abs(estimates.mean() - truth) < 2 * standard_error
    plain = np.array([values[sample.places].mean() for sample in samples])
    assert abs(plain.mean() - truth) > 10 * plain.std(ddof=1) / np.sqrt(len(plain))


def test_importance_reaches_the_mix_it_is_to_stand_for() -> None:
    group = np.arange(50) < 10
    target = np.where(group, 0.5 / 10, 0.5 / 40)  # half and half, of rows that are one to four
    samples = [importance(KEYS, target, np.ones(50), 20, seed) for seed in range(300)]
    assert np.mean([one.total(group[one.places].astype(float)) / 50 for one in samples]) == pytest.approx(0.5, abs=0.02)


def test_clipping_is_stated_with_what_it_cut_and_the_effective_size_is_said() -> None:
    proposal = np.concatenate([np.full(40, 1.0), np.full(10, 0.2)])
    free = importance(KEYS, np.ones(50), proposal, 30, 3)
    cut = importance(KEYS, np.ones(50), proposal, 30, 3, clip=2.0)
    assert free.notes == (f"30 rows are worth {free.effective_size:.0f} equally weighted ones.",)
    assert cut.weights is not None
    assert free.weights is not None
    num_cut = int((free.weights > 2 * free.weights.mean()).sum())
    assert num_cut > 0
    assert cut.notes[0].startswith(f"{num_cut} of 30 weights were cut to 2 times their mean, ")
    assert cut.effective_size > free.effective_size
    assert cut.weights.max() == pytest.approx(2 * free.weights.mean())


def test_what_the_target_needs_and_the_proposal_never_draws_is_refused() -> None:
    with pytest.raises(PermanentError, match="1 rows of the target have proposal 0"):
        importance(KEYS, np.ones(50), np.array([0.0] + [1.0] * 49), 10, 0)
    with pytest.raises(PermanentError, match="the target must be finite numbers of at least 0"):
        importance(KEYS, np.zeros(50), np.ones(50), 10, 0)
