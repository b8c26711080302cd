"""McNemar's exact test, by hand and by simulation."""

import numpy as np
import pytest

from reviewloop.core.statistics.mcnemar import mcnemar


def rows(both: int, first: int, second: int, neither: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels and both models' answers, right together, alone, or not at all."""
    a = np.repeat([1, 1, 0, 0], [both, first, second, neither])
    b = np.repeat([1, 0, 1, 0], [both, first, second, neither])
    return np.ones(len(a), dtype=int), a, b


def test_the_chance_is_that_of_a_fair_coin() -> None:
    found = mcnemar(*rows(both=100, first=1, second=5, neither=7))
    assert (found.num_only_first, found.num_only_second) == (1, 5)
    assert found.p == pytest.approx(2 * (1 + 6) / 64)
    assert found.p_worse == pytest.approx((1 + 6) / 64)


def test_models_that_cannot_be_told_apart() -> None:
    found = mcnemar(*rows(both=10, first=0, second=0, neither=3))
    assert (found.p, found.p_worse) == (1, 1)
    assert mcnemar(*rows(both=0, first=4, second=4)).p == 1


def test_only_a_worse_model_looks_worse() -> None:
    worse, better = mcnemar(*rows(300, 10, 40)), mcnemar(*rows(300, 40, 10))
    assert worse.p == better.p < 0.001
    assert worse.p_worse < 0.001 < 0.999 < better.p_worse


def test_equal_models_are_called_different_one_time_in_twenty_at_most() -> None:
    rng = np.random.default_rng(2)
    label = np.ones(500, dtype=int)
    seen = [mcnemar(label, rng.random(500) < 0.85, rng.random(500) < 0.85).p for _ in range(300)]
    assert np.mean(np.array(seen) <= 0.05) <= 0.06


def test_other_rows_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match="same rows"):
        mcnemar([0, 1, 2], [0, 1, 2], [0, 1])
