"""The point-in-time join beside a brute-force oracle, which reads the rule off row by row."""

import os
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reviewloop.core.features.as_of import CREATED, EVENT, TAKEN_BACK, as_of, latest
from reviewloop.errors import PermanentError

START = pd.Timestamp("2026-03-01T00:00Z")
HOUR = pd.Timedelta(hours=1)
NUM_JOINS = int(os.environ.get("REVIEWLOOP_JOINS", "60"))
"""``make study-joins`` tries 10,000."""


def rows(*values: tuple[str, int, int, float | None]) -> pd.DataFrame:
    """Of key, event hour, hour when it was known, value (None: taken back)."""
    keys, events, created, found = zip(*values, strict=True)
    gone = [value is None for value in found]
    times = {EVENT: [START + hour * HOUR for hour in events], CREATED: [START + hour * HOUR for hour in created]}
    return pd.DataFrame({"review": keys, **times, TAKEN_BACK: gone, "v": pd.array(found, dtype="Float64")})


def asked(*values: tuple[str, int]) -> pd.DataFrame:
    return pd.DataFrame({"review": [key for key, _ in values], EVENT: [START + hour * HOUR for _, hour in values]})


def values(found: pd.DataFrame) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in found["v"]]


def answer(held: pd.DataFrame, of: pd.DataFrame, ttl: timedelta | None = None) -> list[float | None]:
    return values(as_of(held, of, "review", ["v"], ttl))


def oracle(held: list[tuple[Any, ...]], key: str, at: pd.Timestamp, ttl: timedelta | None) -> float | None:
    best: tuple[pd.Timestamp, pd.Timestamp] | None = None
    value: float | None = None
    for of, event, created, gone, found in held:
        if of == key and event <= at and created <= at and (best is None or (event, created) > best):
            best, value = (event, created), None if gone else float(found)
    return None if best is None or (ttl and best[0] < at - ttl) else value


def test_random_joins_equal_the_oracle_row_by_row() -> None:
    """As many rows out as in, in their order, also of equal keys and times, of keys that nobody knows, of many equal times."""
    for seed in range(NUM_JOINS):
        rng = np.random.default_rng(seed)
        num_held, num_asked, num_keys, span = rng.integers([1, 1, 1, 2], [60, 40, 6, 12])
        held = rows(*((f"é{k}", e, c, v if v > 2 else None) for k, e, c, v in zip(
            rng.integers(0, num_keys, num_held), rng.integers(0, span, num_held), rng.integers(0, span, num_held), range(num_held),
            strict=True)))  # fmt: skip
        held = held.drop_duplicates(["review", EVENT, CREATED]).sample(frac=1, random_state=seed)
        of = asked(*((f"é{k}", h) for k, h in zip(
            rng.integers(0, num_keys + 1, num_asked), rng.integers(-1, span + 3, num_asked), strict=True)))  # fmt: skip
        of = of.set_index(pd.Index(rng.permutation(num_asked) + 7))
        ttl = timedelta(hours=int(hours)) if (hours := rng.integers(0, 5)) else None
        found = as_of(held, of, "review", ["v"], ttl)
        pd.testing.assert_frame_equal(found[["review", EVENT]], of)
        told = list(held.itertuples(index=False, name=None))
        assert values(found) == [oracle(told, key, at, ttl) for key, at in of.itertuples(index=False, name=None)], f"seed {seed}"


def test_what_was_written_late_is_not_known_before() -> None:
    held = rows(("a", 1, 1, 10), ("a", 2, 9, 20))
    assert answer(held, asked(("a", 0), ("a", 1), ("a", 8), ("a", 9))) == [None, 10, 10, 20]


def test_of_equal_times_the_one_known_last_counts_and_an_old_correction_hides_no_newer_value() -> None:
    held = rows(("a", 1, 3, 11), ("a", 1, 1, 10), ("a", 2, 2, 20), ("a", 1, 5, 12))
    assert answer(held, asked(("a", 1), ("a", 2), ("a", 6))) == [10, 20, 20]
    assert latest(held, "review")["v"].tolist() == [20]


def test_a_value_lives_to_the_last_instant_of_its_ttl() -> None:
    held, instant = rows(("a", 0, 0, 1)), pd.Timedelta(microseconds=1)
    at_the_edge = pd.DataFrame({"review": "a", EVENT: [START + 2 * HOUR, START + 2 * HOUR + instant]})
    assert answer(held, at_the_edge, timedelta(hours=2)) == [1, None]


def test_a_time_without_a_zone_is_refused_and_another_zone_is_understood() -> None:
    held = rows(("a", 1, 1, 10))
    with pytest.raises(PermanentError, match="event_timestamp: .* carries no time zone"):
        as_of(held, asked(("a", 1)).assign(**{EVENT: pd.Timestamp("2026-03-01T01:00")}), "review", ["v"], None)
    berlin = asked(("a", 0), ("a", 1))
    berlin[EVENT] = berlin[EVENT].dt.tz_convert("Europe/Berlin")
    assert answer(held, berlin) == [None, 10]


def test_a_key_that_is_missing_and_no_row_at_all_stay_as_they_are() -> None:
    held = rows(("a", 1, 1, 10))
    of = asked(("a", 2), ("a", 2)).assign(review=[None, "a"])
    assert answer(held, of) == [None, 10]
    assert as_of(held, of.iloc[:0], "review", ["v"], None).columns.tolist() == ["review", EVENT, "v"]
    assert answer(held.iloc[:0], of) == [None, None]
