"""Labels at day + k: a snapshot of day t, whenever it is built, has read nothing that came later."""

from typing import NamedTuple

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.dataset.test_snapshots import curated
from tests.helpers.contracts import CONTRACT

from reviewloop.core.dataset.known import known_days
from reviewloop.core.dataset.snapshots import split_snapshot

NUM_DAYS = 6
LONG_KNOWN = curated(400, "2025-12-01", 5000)
"""So that no part lacks a sentiment, whatever is drawn."""


class Delivery(NamedTuple):
    """The rows of a day, with the ratings that came with them, and the day on which they landed."""

    day: int
    landed: int
    shift: int
    """Added to every rating, so that each delivery of a day says something else."""


def name(day: int) -> str:
    return f"2026-01-{day + 1:02d}"


def rows(delivery: Delivery) -> pd.DataFrame:
    """Half of a day's texts stand in the day before, too."""
    of_day = curated(60, name(delivery.day), 30 * delivery.day)
    return of_day.assign(rating=(of_day["rating"] + delivery.shift) % 5 + 1)


deliveries = st.lists(
    st.builds(
        lambda day, delay, shift: Delivery(day, day + delay, shift),
        st.integers(0, NUM_DAYS - 1), st.integers(0, 4), st.integers(0, 4),
    ),
    min_size=3, max_size=10, unique_by=lambda one: (one.day, one.landed),
)  # fmt: skip


def counting(landed: list[Delivery]) -> dict[int, Delivery]:
    """What the lake has of each day: the delivery that landed last."""
    return {one.day: one for one in sorted(landed, key=lambda one: one.landed)}


@settings(deadline=None, max_examples=40)
@given(deliveries, st.integers(0, NUM_DAYS + 4))
def test_a_snapshot_of_then_holds_what_was_known_then_and_no_label_that_came_later(landed: list[Delivery], then: int) -> None:
    now = counting(landed)  # long after the last one
    landed_at = {name(one.day): f"{name(one.landed)}T06:00" for one in now.values()}
    days = known_days(landed_at, None, f"{name(then)}T12:00")
    assert days == sorted(name(one.day) for one in now.values() if one.landed <= then)

    known_then = {  # the oracle: every (text, rating) of every delivery that had landed
        (text, rating)
        for one in landed
        if one.landed <= then
        for text, rating in zip(rows(one)["text"], rows(one)["rating"], strict=True)
    }
    known_then |= set(zip(LONG_KNOWN["text"], LONG_KNOWN["rating"], strict=True))
    frame = pd.concat([LONG_KNOWN, *(rows(one) for one in now.values() if name(one.day) in days)])
    snapshot = split_snapshot(frame, CONTRACT, 0.1, 0.2, landed_at)
    for part in snapshot.parts.values():
        assert set(zip(part["text"], part["rating"], strict=True)) <= known_then


def test_a_day_that_was_corrected_since_is_left_out_whole() -> None:
    landed_at = {"2026-01-01": "2026-01-09T06:00", "2026-01-02": "2026-01-02T06:00", "2026-01-03": ""}
    assert known_days(landed_at, None, "2026-01-05T00:00") == ["2026-01-02", "2026-01-03"]
    assert known_days(landed_at, "2026-01-02", "2026-01-05T00:00") == ["2026-01-02"]
    assert known_days(landed_at, "2026-01-02", None) == ["2026-01-01", "2026-01-02"]
