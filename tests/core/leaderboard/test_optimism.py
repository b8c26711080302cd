"""Luck is found where it is, and not where there is none."""

import numpy as np
import pytest

from reviewloop.core.leaderboard.optimism import optimism

RNG = np.random.default_rng(5)
LABELS = RNG.choice(3, 400, p=[0.2, 0.2, 0.6])


def guess(right: float, seed: int, labels: np.ndarray = LABELS) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(labels)) < right, labels, rng.integers(0, 3, len(labels)))


def test_one_candidate_owes_nothing_to_luck():
    found = optimism(LABELS, {"only": guess(0.6, 1)}, 400, seed=3)
    assert abs(found.luck) < 0.005
    assert found.wins == {"only": 1.0}


def test_the_best_of_many_that_only_guess_is_luck_and_the_corrected_mark_is_what_it_is_worth():
    many = {f"{seed}": guess(0.0, seed) for seed in range(60)}
    found = optimism(LABELS, many, 400, seed=3)
    fresh = RNG.choice(3, 40_000, p=[0.2, 0.2, 0.6])
    worth = optimism(fresh, {"a guess": guess(0.0, 1, fresh)}, 20, seed=3).seen
    assert found.luck > 0.02
    assert found.corrected == pytest.approx(worth, abs=0.015)
    assert abs(found.seen - worth) > 2 * abs(found.corrected - worth)


def test_one_that_is_far_better_wins_always_and_owes_nothing_to_luck():
    found = optimism(LABELS, {"good": guess(0.9, 1), "bad": guess(0.3, 2)}, 300, seed=3)
    assert found.wins == {"good": 1.0, "bad": 0.0}
    assert abs(found.luck) < 0.005


def test_the_same_seed_gives_the_same_numbers_and_rows_must_match():
    said = {"a": guess(0.5, 1), "b": guess(0.5, 2)}
    assert optimism(LABELS, said, 100, 7) == optimism(LABELS, said, 100, 7) != optimism(LABELS, said, 100, 8)
    with pytest.raises(ValueError, match="b: 399 answers to 400 rows"):
        optimism(LABELS, said | {"b": said["b"][:-1]}, 10, 7)
    with pytest.raises(ValueError, match="best of none"):
        optimism(LABELS, {}, 10, 7)
    with pytest.raises(ValueError, match="3 rows are too few"):
        optimism(np.arange(3), {"a": np.arange(3)}, 10, 7)
