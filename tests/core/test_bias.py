import pandas as pd
import pytest

from reviewloop.core import bias


def measure(groups: dict[str | None, tuple[int, int]], min_group_rows: int = 10) -> list[bias.Group]:
    """``groups``: value -> (rows, favourable rows)."""
    values = pd.Series([value for value, (rows, _) in groups.items() for _ in range(rows)], dtype="string")
    favourable = pd.Series([i < good for rows, good in groups.values() for i in range(rows)], dtype=bool)
    return bias.measure({"f": values}, favourable, min_group_rows=min_group_rows, min_ci=-0.8, max_abs_dpl=0.35)


def test_ci_and_dpl_are_those_of_the_formulas() -> None:
    assert bias.class_imbalance(30, 10) == 0.5
    assert bias.difference_in_proportions_of_labels(15, 30, 2, 10) == pytest.approx(0.3)
    small, large = measure({"a": (10, 2), "b": (30, 15)})
    assert (small.ci, small.dpl) == (0.5, pytest.approx(0.3))
    assert (large.ci, large.dpl) == (-0.5, pytest.approx(-0.3))


@pytest.mark.parametrize("call", [lambda: bias.class_imbalance(0, 0), lambda: bias.difference_in_proportions_of_labels(0, 0, 1, 1)])
def test_no_rows_have_no_bias(call: object) -> None:
    with pytest.raises(ValueError, match="rows"):
        call()  # type: ignore[operator]


def test_a_group_that_holds_nearly_all_rows_is_refused() -> None:
    groups = measure({"a": (95, 70), "b": (5, 4)})
    assert bias.objections(groups, ["f"]) == ["f=a: CI -0.90 is under -0.8: 95 of 100 rows are in this one group"]


def test_a_group_that_is_rarely_favourable_is_refused() -> None:
    groups = measure({"a": (50, 40), "b": (50, 20)})
    assert (
        bias.objections(groups, ["f"])[1]
        == "f=b: DPL +0.40 is beyond 0.35 either way: 40% of its reviews are positive, 80% of the rest"
    )


def test_a_small_group_is_not_judged_and_a_missing_value_is_a_group() -> None:
    groups = measure({"a": (50, 40), "b": (40, 30), None: (3, 0)})
    assert {group.value: group.verdict for group in groups} == {"a": "ok", "b": "ok", bias.NO_VALUE: "not enough evidence"}
    assert bias.objections(groups, ["f"]) == []


def test_a_facet_without_any_evidence_is_refused() -> None:
    assert "f: no group and its rest are both large enough" in bias.objections(measure({"a": (9, 8), "b": (9, 8)}), ["f"])[0]
    assert bias.objections([], ["f"])
