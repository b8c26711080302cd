"""Which batch of a day counts, and when what it holds landed."""

import pytest

from reviewloop.adapters.catalog import days, glue
from reviewloop.adapters.lake import s3
from reviewloop.errors import TransientError

pytestmark = pytest.mark.contract

DAY = "2026-01-02"
EARLY, LATE = "2026-01-03T08:00:00.000000+00:00", "2026-01-05T08:00:00.000000+00:00"
TABLE = days.DayTable("t", {"a": "bigint"}, {})


def place(batch: str) -> str:
    return s3.lake_uri("t", f"day={DAY}", f"batch={batch}")


def publish(seen: days.Standing, batch: str, landed_at: str, first: str = "") -> None:
    days.publish(seen, TABLE, batch, place(batch), landed_at, first)


def test_a_day_that_nothing_counts_for(lake: str) -> None:
    assert days.standing("t", DAY) == days.Standing("t", DAY, None, "", 0, None)


def test_what_was_published_counts_with_its_landing(lake: str) -> None:
    publish(days.standing("t", DAY), "x", EARLY)
    found = days.standing("t", DAY)
    assert (found.batch, found.landed_at, found.generation) == ("x", EARLY, 1)


def test_a_later_batch_takes_its_place_and_the_catalog_keeps_when_its_rows_landed_first(lake: str) -> None:
    publish(days.standing("t", DAY), "x", EARLY, first=EARLY)
    publish(days.standing("t", DAY), "y", LATE, first=EARLY)
    found = days.standing("t", DAY)
    assert (found.batch, found.landed_at, found.generation) == ("y", LATE, 2)
    assert [(one.batch, one.landed_at) for one in glue.partitions("t")] == [("y", EARLY)]


def test_the_same_batch_landed_again_is_no_other_generation_and_its_landing_moves(lake: str) -> None:
    publish(days.standing("t", DAY), "x", EARLY)
    publish(days.standing("t", DAY), "x", LATE)
    found = days.standing("t", DAY)
    assert (found.batch, found.landed_at, found.generation) == ("x", LATE, 1)


def test_a_day_of_a_lake_without_these_objects_is_what_the_catalog_lists_and_landed_before_all_others(lake: str) -> None:
    glue.register_partition("t", TABLE.columns, DAY, "old", place("old"), {})
    found = days.standing("t", DAY)
    assert (found.batch, found.landed_at, found.generation, found.claim) == ("old", "", 0, None)
    publish(found, "new", EARLY)
    assert days.standing("t", DAY).batch == "new"
    assert [one.batch for one in glue.partitions("t")] == ["new"]


@pytest.mark.parametrize("first", [None, "x"])
def test_of_two_that_looked_at_the_same_moment_one_publishes_and_the_other_looks_again(lake: str, first: str | None) -> None:
    if first:
        publish(days.standing("t", DAY), first, EARLY)
    seen = days.standing("t", DAY)
    publish(seen, "quick", EARLY)
    with pytest.raises(TransientError, match=f"t of {DAY}: another batch came to count meanwhile"):
        publish(seen, "late", LATE)
    found = days.standing("t", DAY)
    assert (found.batch, found.landed_at) == ("quick", EARLY)
    assert [one.batch for one in glue.partitions("t")] == ["quick"]
