"""A store that has grown from snapshot to snapshot answers, as of any time, like the snapshot of that time alone."""

import numpy as np
import pandas as pd
from tests.core.features.test_as_of import HOUR, START

from reviewloop.core.features.as_of import CREATED, EVENT, TAKEN_BACK, as_of
from reviewloop.core.features.history import accumulated, without

FEATURES = ("v", "ids", "name")


def snapshot(values: dict[tuple[str, int], int | None]) -> pd.DataFrame:
    """Of (key, event hour) -> value; a missing value is one, too."""
    return pd.DataFrame(
        {
            "product": pd.array([key for key, _ in values], dtype="string"),
            EVENT: pd.to_datetime([START + hour * HOUR for _, hour in values], utc=True),
            "v": pd.array(list(values.values()), dtype="Int64"),
            "ids": pd.Series([np.arange(value or 0, dtype="int32") for value in values.values()], dtype=object),
            "name": pd.array([None if value is None else f"é {value}" for value in values.values()], dtype="string"),
        }
    )


def grown(*snapshots: dict[tuple[str, int], int | None]) -> pd.DataFrame:
    """Known at hours 100, 200, ..."""
    held: pd.DataFrame | None = None
    for place, values in enumerate(snapshots, 1):
        held = accumulated(held, snapshot(values), "product", FEATURES, START + 100 * place * HOUR)
    assert held is not None
    return held


def values_at(held: pd.DataFrame, keys: str, hour: int) -> list[int | None]:
    of = pd.DataFrame({"product": pd.array(list(keys), dtype="string"), EVENT: START + hour * HOUR})
    return [None if pd.isna(value) else int(value) for value in as_of(held, of, "product", ["v"], None)["v"]]


def test_as_of_any_time_it_answers_as_the_snapshot_of_that_time() -> None:
    for seed in range(15):
        rng = np.random.default_rng(seed)
        places = [(key, int(hour)) for key in "abc" for hour in (1, 2, 3)]
        snapshots = [{place: int(rng.integers(3)) for place in places if rng.random() < 0.6} for _ in range(4)]
        snapshots = [one or {("a", 1): 1} for one in snapshots]
        held = grown(*snapshots)
        for number, one in enumerate(snapshots, 1):
            alone = accumulated(None, snapshot(one), "product", FEATURES, START)
            assert values_at(held, "abc", 100 * number + 50) == values_at(alone, "abc", 99), (seed, number)
        assert values_at(held, "a", 99) == [None], "before the first was known"


def test_what_is_said_again_adds_nothing_and_what_changed_is_added_once() -> None:
    first = {("a", 1): 1, ("b", 1): None}
    held = grown(first)
    assert accumulated(held, snapshot(first), "product", FEATURES, START + 200 * HOUR) is held
    assert len(grown(first, {**first, ("a", 1): 2}, {**first, ("a", 1): 2})) == 3


def test_a_review_taken_back_has_no_values_and_a_day_taken_back_those_of_the_day_before() -> None:
    held = grown({("a", 1): 1, ("a", 2): 2, ("b", 1): 5}, {("a", 1): 1})
    assert values_at(held, "ab", 150) == [2, 5]
    assert values_at(held, "ab", 250) == [1, None]
    assert held[TAKEN_BACK].sum() == 1
    again = grown({("a", 1): 1, ("b", 1): 5}, {("a", 1): 1}, {("a", 1): 1, ("b", 1): 5})
    assert [values_at(again, "b", hour) for hour in (150, 250, 350)] == [[5], [None], [5]]


def test_erased_keys_leave_no_trace() -> None:
    held = grown({("a", 1): 1, ("b", 1): 5}, {("a", 1): 1, ("b", 1): 6})
    left = without(held, "product", ["b"])
    assert left["product"].tolist() == ["a"]
    assert without(left, "product", ["b"]) is left
    assert left[CREATED].dtype == held[CREATED].dtype
