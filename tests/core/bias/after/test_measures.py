import math

import numpy as np
import pytest

from reviewloop.core.bias.after.measures import COLUMNS, MEASURES, generalized_entropy, measure_all, support

HAND = np.array([[[[6, 0, 2], [1, 3, 1], [1, 1, 25]]], [[[2, 1, 3], [0, 2, 0], [0, 1, 3]]]])
"""Rest: 40 rows, group: 12. With positive favourable, the rest has TP 25, FN 2, FP 3, TN 10; the group TP 3, FN 1, FP 3, TN 5."""


def values(counts: np.ndarray) -> dict[tuple[str, int], float]:
    return dict(zip(COLUMNS, measure_all(counts).tolist(), strict=True))


def test_each_measure_is_its_formula() -> None:
    found = {name: value for (name, label), value in values(HAND).items() if label == 2}
    assert found == pytest.approx(
        {
            "DPPL": 28 / 40 - 6 / 12,
            "DI": (6 / 12) / (28 / 40),
            "DCAcc": 27 / 28 - 4 / 6,
            "DCR": 8 / 6 - 13 / 12,
            "SD": 5 / 8 - 10 / 13,
            "RD": 25 / 27 - 3 / 4,
            "DAR": 25 / 28 - 3 / 6,
            "DRR": 5 / 6 - 10 / 12,
            "AD": 35 / 40 - 8 / 12,
            "TE": 1 / 3 - 2 / 3,
            "CDDPL": 6 / 18 - 6 / 34,
        }
    )


def test_generalized_entropy_is_its_formula() -> None:
    benefits = np.array([1] * 43 + [2] * 6 + [0] * 3)  # right, false alarms, missed, with positive favourable
    expected = ((benefits / benefits.mean()) ** 2 - 1).sum() / (52 * 2)
    assert generalized_entropy(HAND.sum(axis=(0, 1)), 2) == pytest.approx(expected)
    assert generalized_entropy(np.diag([3, 4, 5]), 0) == 0
    assert np.isnan(generalized_entropy(np.zeros((3, 3)), 0))


def test_all_measures_are_there_and_equal_groups_have_no_bias() -> None:
    assert len(MEASURES) == 11
    assert len(COLUMNS) == 33
    matrix = np.array([[6, 2, 2], [1, 5, 4], [2, 3, 55]])
    same = np.stack([2 * matrix, matrix])[:, np.newaxis]
    assert {name: value for (name, _), value in values(same).items() if name != "DI"} == pytest.approx(
        {name: 0 for name in MEASURES if name != "DI"}
    )
    assert [value for (name, _), value in values(same).items() if name == "DI"] == pytest.approx([1, 1, 1])


def test_many_tables_at_once_are_each_table_alone() -> None:
    tables = np.random.default_rng(3).integers(0, 4, size=(40, 2, 3, 3, 3))
    np.testing.assert_array_equal(measure_all(tables), np.stack([measure_all(one) for one in tables]))
    np.testing.assert_array_equal(support(tables), np.stack([support(one) for one in tables]))


def test_a_share_of_nothing_is_zero_and_what_is_over_nothing_infinite_as_in_clarify() -> None:
    counts = np.array([[[[5, 0, 0], [0, 0, 0], [0, 0, 20]]], [[[0, 0, 4], [0, 0, 0], [0, 0, 6]]]])
    found = values(counts)
    assert found["RD", 0] == 1  # the rest finds all negative rows, the group none
    assert found["DAR", 0] == 1  # nothing of the group is called negative
    assert found["DCAcc", 0] == -math.inf  # negative rows, no negative answer
    assert found["TE", 0] == math.inf
    assert found["DI", 1] == found["RD", 1] == 0
    assert math.isnan(found["CDDPL", 1])


def test_a_side_without_rows_cannot_be_compared() -> None:
    alone = np.stack([np.zeros((1, 3, 3)), np.ones((1, 3, 3))])
    assert all(math.isnan(value) for (name, _), value in values(alone).items() if name != "CDDPL")


def test_each_measure_rests_on_what_it_divides_by() -> None:
    found = {name: value for (name, label), value in zip(COLUMNS, support(HAND).tolist(), strict=True) if label == 2}
    assert found == {
        "DPPL": 12, "DI": 12, "DCAcc": 6, "DCR": 6, "SD": 8, "RD": 4, "DAR": 6, "DRR": 6, "AD": 12, "TE": 3, "CDDPL": 12,
    }  # fmt: skip
