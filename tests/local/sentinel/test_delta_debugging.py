"""Which changes make a test fail: planted ones are found, alone and together, in few tries, whatever else changed."""

import math
import random
from collections.abc import Collection

import pytest

from reviewloop_local.sentinel.delta_debugging import culprits, minimal

MANY = list(range(64))


def test_one_that_fails_alone_is_found_in_few_tries() -> None:
    for planted in (0, 31, 63):
        tries: list[Collection[int]] = []

        def fails(some: Collection[int], planted: int = planted, tries: list[Collection[int]] = tries) -> bool:
            tries.append(some)
            return planted in some

        assert minimal(MANY, fails) == [planted]
        assert len(tries) <= 2 * math.log2(len(MANY)), "halves, not one by one"


@pytest.mark.parametrize("planted", [{3, 60}, {0, 1}, {10, 30, 50}, set(range(64))])
def test_those_that_fail_together_alone_are_all_found(planted: set[int]) -> None:
    assert set(minimal(MANY, lambda some: planted <= set(some))) == planted


def test_of_two_that_fail_each_alone_one_is_named() -> None:
    assert len(minimal(MANY, lambda some: 3 in some or 40 in some)) == 1


def test_what_can_not_be_tried_alone_is_kept_together() -> None:
    """5 fails, but moves with 6 only."""
    assert minimal(MANY, lambda some: {5, 6} <= set(some)) == [5, 6]


def test_nothing_can_be_left_out_of_what_is_named() -> None:
    draw = random.Random(7)
    for _ in range(200):
        planted = [set(draw.sample(MANY, draw.randint(1, 4))) for _ in range(draw.randint(1, 3))]

        def fails(some: Collection[int], planted: list[set[int]] = planted) -> bool:
            return any(each <= set(some) for each in planted)

        found = minimal(MANY, fails)
        assert fails(found)
        assert not any(fails([other for other in found if other != one]) for one in found)


GROUPS = [frozenset({"airflow", "airflow-sdk"}), frozenset({"numpy"}), frozenset({"torch", "torch-x"}), frozenset({"pandas"})]
BREAKS = {"test_a": {"numpy"}, "test_b": {"airflow-sdk"}, "test_c": {"numpy", "pandas"}, "test_d": {"numpy"}}


def test_each_test_has_its_own_culprits_and_no_set_is_tried_twice() -> None:
    tried: list[frozenset[str]] = []

    def failing(changed: frozenset[str]) -> set[str]:
        tried.append(changed)
        return {test for test, needs in BREAKS.items() if needs <= changed}

    assert culprits(BREAKS, GROUPS, failing) == BREAKS
    assert len(tried) == len(set(tried)), "an environment takes minutes"
    assert frozenset() not in tried


def test_one_group_of_one_is_named_without_a_try() -> None:
    assert culprits(["test_a"], [frozenset({"numpy"})], lambda changed: {"test_a"}) == {"test_a": {"numpy"}}
