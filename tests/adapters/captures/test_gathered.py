"""A day in pieces is the day: the same rows, records, numbers and orphans as of all records at once, in bounded memory."""

import random
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.helpers.captured import answer, feedback, numbered, review, shadow

from reviewloop.adapters.captures import collection, gathered
from reviewloop.adapters.captures.gathered import Gathered
from reviewloop.adapters.lake.frames import from_parquet, to_parquet
from reviewloop.core.captures.figures import Figures
from reviewloop.core.captures.gaps import spans
from reviewloop.core.captures.records import LINES, event_of, key_of, together, write_object
from reviewloop.core.captures.rows import capture_rows

PIECE = 4_000


def a_day(seed: int, num: int = 150) -> list[dict[str, Any]]:
    """Requests in disorder: answered twice, shadowed, told of once, twice, corrected, late, shipped twice, of several spools and of
    none, some with names that no UTF-8 has."""
    draw = random.Random(seed)
    records = []
    for place in range(num):
        name = f"r{draw.randrange(num // 2)}" if place % 29 else f"half \ud800 {place}"
        at = f"2026-01-02T{draw.randrange(24):02d}:00:00.000000+00:00"
        kind = draw.randrange(6)
        if kind < 3:
            reviews = [review("x" * draw.randrange(200))] * draw.randrange(3)
            one = answer(name, *reviews, received_at=at, status=draw.choice([200, 200, 504]), latency_ms=draw.random())
            one["arm"] = draw.choice(["champion", "challenger"])
            one["reviews"] = reviews if place % 17 else "none"
        elif kind == 3:
            one = shadow(name, received_at=at)
        else:
            said = draw.choice(["negative", "neutral", "positive"])
            one = feedback(name, said, draw.randrange(2), received_at=at, correction=draw.random() < 0.3)
        if place % 11 == 0:
            one["late"] = "2026-01-03"
        if place % 13 == 0:
            one["event"] = "of another version"
        spool = draw.choice(["a", "b", "ä"])
        records.append(one if place % 23 == 0 and kind < 3 else numbered(one, spool, seq=place, dropped=place // 50))
    records += draw.sample(records, num // 5)
    draw.shuffle(records)
    return records


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Gathered]:
    with closing(Gathered(tmp_path / "records.db")) as made:
        yield made


@pytest.mark.parametrize(("seed", "piece_bytes"), [(0, 1), (1, PIECE), (2, PIECE), (3, 10**9)])
def test_a_day_in_pieces_is_the_day(
    store: Gathered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, piece_bytes: int
) -> None:
    monkeypatch.setattr(gathered, "PIECE_BYTES", piece_bytes)
    records = a_day(seed)
    old, new = records[:60], records[60:]
    store.add(old, is_new=False)
    store.add(new, is_new=True)
    whole = together(old, new)
    rows = capture_rows(whole.values())

    numbers = collection._write_rows(store, tmp_path / "rows")
    collection._write_records(store, tmp_path / "records")
    pd.testing.assert_frame_equal(from_parquet((tmp_path / "rows").read_bytes()), from_parquet(to_parquet(rows)))
    assert (tmp_path / "records").read_bytes() == write_object(LINES, whole.values())
    if piece_bytes == 10**9:
        assert (tmp_path / "rows").read_bytes() == to_parquet(rows), "one piece has the bytes that it always had"
    assert store.own_spans() == spans(one for one in whole.values() if "spool" in one and not one.get("late"))
    assert numbers.to_ref(store.num_requests(), store.num_shadowed()) == expected(rows, whole)
    known = {one["request_id"] for one in whole.values() if event_of(one) == "answer"}
    told = [one for one in whole.values() if event_of(one) in ("shadow", "feedback") and one["request_id"] not in known]
    keys = {key_of(one) for one in new}
    assert [one for piece in store.orphans(only_new=False) for one in piece] == told
    assert [one for piece in store.orphans(only_new=True) for one in piece] == [one for one in told if key_of(one) in keys]
    assert told


def expected(rows: pd.DataFrame, records: dict[Any, Any]) -> dict[str, Any]:
    """The figures of a day, straight from its rows."""
    asked = rows[rows["review_index"] == 0]
    latencies = asked[asked["status"] == 200]["latency_ms"].astype("float64")
    return {
        "num_requests": asked["request_id"].nunique(), "num_rows": len(rows), "num_failed": int((asked["status"] != 200).sum()),
        "num_shadowed": sum(event_of(one) == "shadow" for one in records.values()),
        "num_feedback": int(rows["feedback"].notna().sum()),
        "latency_p50_ms": latencies.quantile(0.5), "latency_p99_ms": latencies.quantile(0.99),
        "arms": {arm: int((asked["arm"] == arm).sum()) for arm in ("challenger", "champion")},
    }  # fmt: skip


def test_a_day_without_answers_has_columns_and_no_row(store: Gathered, tmp_path: Path) -> None:
    store.add([numbered(shadow("r1"))], is_new=True)
    numbers = collection._write_rows(store, tmp_path / "rows")
    assert list(from_parquet((tmp_path / "rows").read_bytes()).columns) == list(capture_rows([]).columns)
    found = numbers.to_ref(store.num_requests(), store.num_shadowed())
    assert (found["num_rows"], found["num_requests"], found["num_shadowed"], found["latency_p99_ms"]) == (0, 0, 1, None)


def test_sqlite_orders_nothing_by_itself(store: Gathered) -> None:
    """What it sorts lies in memory, or in a folder that may be memory."""
    asked: list[str] = []
    store._db.set_trace_callback(asked.append)
    store.add([numbered(answer("r1")), numbered(shadow("r1")), numbered(feedback("r2"))], is_new=True)
    list(store.lines()), list(store.pieces()), list(store.orphans(True)), store.own_spans()
    store.num_requests(), store.num_shadowed()
    store._db.set_trace_callback(None)
    reads = [one for one in asked if one.lstrip().startswith("SELECT")]
    assert len(reads) >= 7
    for query in reads:
        plan = [line for *_, line in store._db.execute(f"EXPLAIN QUERY PLAN {query}")]
        assert not [line for line in plan if "TEMP B-TREE" in line], query


def test_four_times_the_requests_take_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "PIECE_BYTES", 250_000)

    def peak(num: int) -> int:
        folder = tmp_path / str(num)
        folder.mkdir()
        with closing(Gathered(folder / "records.db")) as store:
            tracemalloc.start()
            store.add((numbered(answer(f"r{place}", review("x" * 10_000)), seq=place) for place in range(num)), is_new=True)
            collection._write_rows(store, folder / "rows")
            collection._write_records(store, folder / "records")
            store.own_spans()
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    peak(10)  # what is imported and kept once
    assert peak(200) < 1.5 * peak(50)


def test_figures_of_no_rows_are_none() -> None:
    assert Figures().to_ref(0, 0)["latency_p50_ms"] is None
