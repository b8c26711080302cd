import math

import numpy as np
import pytest

from reviewloop.core.bias.measures import COLUMNS, MEASURES, class_imbalance, measure_all, total_variation

HAND = np.array([[[10, 10, 20], [0, 0, 0]], [[1, 1, 1], [4, 1, 2]]])
"""Rest: 40 rows, shares 1/4, 1/4, 1/2; group: 10 rows, shares 1/2, 1/5, 3/10."""


def values(counts: np.ndarray) -> dict[tuple[str, int | None], float]:
    return dict(zip(COLUMNS, measure_all(counts).tolist(), strict=True))


def test_each_measure_is_its_formula() -> None:
    found = values(HAND)
    a, d = (0.25, 0.25, 0.5), (0.5, 0.2, 0.3)
    mean = [(x + y) / 2 for x, y in zip(a, d, strict=True)]

    def kl(p: tuple[float, ...], q: list[float] | tuple[float, ...]) -> float:
        return sum(x * math.log(x / y) for x, y in zip(p, q, strict=True))

    assert found["CI", None] == pytest.approx(0.6)
    assert [found["DPL", label] for label in range(3)] == pytest.approx([-0.25, 0.05, 0.2])
    assert found["KL", None] == pytest.approx(kl(a, d))
    assert found["JS", None] == pytest.approx((kl(a, mean) + kl(d, mean)) / 2)
    assert found["LP", None] == pytest.approx(math.sqrt(0.25**2 + 0.05**2 + 0.2**2))
    assert found["TVD", None] == pytest.approx(0.25)
    assert found["KS", None] == pytest.approx(0.25)
    first, second = 2 / 22 - 1 / 21, 5 / 5 - 2 / 2  # positive is accepted; strata of 43 and 7 rows
    assert found["CDDL", 2] == pytest.approx((43 * first + 7 * second) / 50)


def test_all_eight_are_there_and_equal_groups_have_no_bias() -> None:
    assert {name for name, _ in COLUMNS} == set(MEASURES)
    assert len(MEASURES) == 8
    same = np.array([[[6, 4, 30]], [[3, 2, 15]]])
    assert {name: value for (name, _), value in values(same).items() if name != "CI"} == pytest.approx(
        {name: 0 for name in MEASURES if name != "CI"}
    )


def test_many_tables_at_once_are_each_table_alone() -> None:
    tables = np.random.default_rng(3).integers(0, 9, size=(50, 2, 4, 3))
    np.testing.assert_array_equal(measure_all(tables), np.stack([measure_all(one) for one in tables]))


def test_an_empty_side_has_an_imbalance_and_nothing_else() -> None:
    alone = np.array([[[0, 0, 0]], [[1, 2, 3]]])
    found = values(alone)
    assert found.pop(("CI", None)) == -1
    assert found.pop(("CDDL", 0)) == found.pop(("CDDL", 1)) == found.pop(("CDDL", 2)) == 0  # all rows are in d, in both outcomes
    assert all(math.isnan(value) for value in found.values())
    assert math.isnan(class_imbalance(np.zeros((2, 1, 3))))


def test_a_label_that_a_group_lacks_shows_in_dpl_though_clarifys_distances_leave_it_out() -> None:
    lacking = np.array([[[20, 10, 70]], [[0, 10, 90]]])
    found = values(lacking)
    assert found["TVD", None] == pytest.approx(0.1)
    assert found["DPL", 0] == pytest.approx(0.2)
    disjoint = np.array([[[5, 0, 0]], [[0, 5, 5]]])
    assert math.isnan(values(disjoint)["KL", None])
    assert values(disjoint)["DPL", 0] == 1


def test_labels_that_are_not_kept_do_not_count() -> None:
    counts = np.array([[[20, 10, 70]], [[10, 10, 80]]])
    assert total_variation(counts) == pytest.approx(0.1)
    assert total_variation(counts, np.array([False, True, True])) == pytest.approx(0.05)
