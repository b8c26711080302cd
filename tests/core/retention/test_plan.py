"""What goes and what stays: nothing that is named, that counts, that is young, or that lies elsewhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewloop.config import load_config, parse_config
from reviewloop.core.retention.plan import PLACES, TABLES, Item, Kind, Known, days_of, decide
from reviewloop.errors import ConfigError

NOW = datetime(2026, 12, 1, tzinfo=UTC)
LIMITS = load_config("test").retention
DAY = "2026-01-02"


def item(kind: Kind = "reviews", name: str = "old", age: float = 1000, day: str = DAY, **fields: Any) -> Item:
    folder = f"day={day}/batch={name}/" if kind in TABLES else f"day={day}/{name}/"
    return Item(kind, f"{PLACES[kind]}{folder}", day, NOW - timedelta(days=age), 2, 100, **fields)


def known(counting: Any = None, named: Any = None, landed: Any = None) -> Known:
    everywhere = {(kind, DAY): frozenset({"now"}) for kind in TABLES}
    return Known(everywhere if counting is None else counting, named or {}, landed or {})


def going(*items: Item, of: Known | None = None) -> list[str]:
    return [one.item.name for one in decide(items, of or known(), NOW, LIMITS) if one.act == "go"]


@pytest.mark.parametrize("kind", TABLES)
def test_of_a_days_batches_the_one_that_counts_and_the_newest_of_the_others_stay(kind: Kind) -> None:
    batches = [item(kind, name, age) for name, age in (("now", 1001), ("last", 990), ("older", 991), ("oldest", 992))]
    assert going(*batches) == ["older", "oldest"]


def test_each_day_and_table_keeps_its_own() -> None:
    other = item(day="2026-01-03")
    assert going(item(), other, item("predictions")) == []


WAITS = {
    "reviews": LIMITS.superseded_days,
    "parsed": LIMITS.parsed_days,
    "chunks": LIMITS.chunk_days,
    "results": LIMITS.result_days,
}


@pytest.mark.parametrize(("kind", "days"), WAITS.items())
def test_what_is_superseded_waits_for_its_days(kind: Kind, days: int) -> None:
    newer = [item(kind, "newer", age=0)] if kind in TABLES else []
    assert going(item(kind, age=days - 0.01), *newer) == []
    assert going(item(kind, age=days), *newer) == ["old"]


def test_what_was_never_written_to_its_end_waits_too() -> None:
    for age, gone in ((LIMITS.half_written_days - 0.01, []), (LIMITS.half_written_days, ["old"])):
        assert going(item(age=age, is_whole=False)) == gone
        assert going(item(age=age, is_whole=False), of=known(counting={})) == gone


@pytest.mark.parametrize("kind", PLACES)
def test_what_is_named_stays_however_old(kind: Kind) -> None:
    one, newer = item(kind), item(kind, "newer", age=0)
    assert going(one, newer, of=known()) == ["old"]
    decisions = decide([one, newer], known(named={one.key: "the snapshot ab was made of it"}), NOW, LIMITS)
    assert [(found.act, found.why) for found in decisions if found.item is one] == [("keep", "the snapshot ab was made of it")]


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_counts_stays_though_it_is_old_and_damaged(is_whole: bool) -> None:
    assert going(item(name="now", is_whole=is_whole), item(name="newer", age=0)) == []


def test_of_a_day_of_which_nothing_counts_nothing_is_superseded() -> None:
    assert going(item(), item(name="b"), item(name="c"), of=known(counting={})) == []


@pytest.mark.parametrize("kind", ["reviews", "parsed"])
def test_a_day_that_a_delivery_landed_for_is_left_alone(kind: Kind) -> None:
    items = item(kind), item(kind, "newer", age=0)
    assert going(*items, of=known(landed={DAY: NOW - timedelta(hours=23)})) == []
    assert going(*items, of=known(landed={DAY: NOW - timedelta(hours=25)})) == ["old"]


@pytest.mark.parametrize(
    "key", ["models/a/b/", "sealed/a/", "ledger/events/", "curated/", "curated/reviews/", "captures/rows/a/b/"]
)
def test_what_lies_elsewhere_never_goes(key: str) -> None:
    one = Item("reviews", key, DAY, NOW - timedelta(days=9999), 1, 1, is_whole=False)
    (found,) = decide([one], known(), NOW, LIMITS)
    assert (found.act, found.why) == ("keep", "it lies where nothing is ever deleted")


def test_only_days_with_more_than_one_whole_batch_are_looked_up() -> None:
    items = [
        item(),
        item(day="2026-01-03"),
        item(name="b", day="2026-01-03"),
        item(day="2026-01-04", is_whole=False),
        item("chunks"),
    ]
    assert days_of(items) == {("reviews", "2026-01-03"), ("reviews", "2026-01-04")}


ITEMS = st.lists(
    st.builds(
        item,
        st.sampled_from(sorted(PLACES)),
        st.sampled_from("abcdef"),
        st.floats(0, 500),
        st.sampled_from([DAY, "2026-01-03"]),
        is_whole=st.booleans(),
    ),
    unique_by=lambda one: one.key,
)


@given(ITEMS, st.sets(st.sampled_from("abcdef")), st.sets(st.integers(0, 30)))
def test_of_any_lake_what_counts_is_named_or_is_young_stays(items: list[Item], counting: set[str], named: set[int]) -> None:
    of = Known(
        {(kind, day): frozenset(counting) for kind in TABLES for day in (DAY, "2026-01-03")},
        {one.key: "somebody" for at, one in enumerate(items) if at in named},
        {},
    )
    decisions = decide(items, of, NOW, LIMITS)
    assert sorted(found.item.key for found in decisions) == sorted(one.key for one in items)
    gone = [found.item for found in decisions if found.act == "go"]
    for one in gone:
        assert one.key not in of.named
        assert one.kind not in TABLES or one.name not in counting
        assert NOW - one.written_at >= timedelta(days=LIMITS.half_written_days)
    for kind, day in {(one.kind, one.day) for one in items if one.kind in TABLES and one.is_whole and one.name not in counting}:
        left = [one for one in items if (one.kind, one.day) == (kind, day) and one.is_whole and one not in gone]
        assert [one for one in left if one.name not in counting], "one that was superseded is always there"


def test_a_mistake_in_the_limits_is_one_line() -> None:
    data = load_config("test").model_dump(mode="json")
    data["retention"]["superseded_batches"] = 0
    with pytest.raises(ConfigError, match=r"retention.superseded_batches: .*greater than or equal to 1") as found:
        parse_config(data)
    assert "\n" not in str(found.value)
