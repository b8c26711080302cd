"""What comes in an hour is counted from the captured objects, of their newest day alone."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.helpers.fake_edges import World, enter

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.rollout import traffic
from reviewloop.adapters.rollout.traffic import read_traffic

NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return enter(World(), monkeypatch)


def store(first: int, *records: dict[str, Any], day: str = "2026-01-06", hours_ago: float = 1) -> None:
    at = (NOW - timedelta(hours=hours_ago)).isoformat()
    lines = b"".join(json.dumps({"received_at": at, **record}).encode() + b"\n" for record in records)
    uri = places.captured(f"day={day}/spool/{first:012d}-{first + len(records) - 1:012d}.jsonl.gz")
    s3.create(uri, gzip.compress(lines))


def test_answers_are_requests_and_feedback_is_labels() -> None:
    store(1, *[{"event": "answer"}] * 40, *[{"event": "shadow"}] * 30, *[{"event": "feedback"}] * 8)
    store(79, *[{}] * 8, day="2026-01-05", hours_ago=20)
    found = read_traffic(NOW)
    assert (found.requests, found.labels) == (48 / 24, 8 / 24)


def test_callers_that_are_no_customers_are_no_traffic() -> None:
    store(1, *[{"event": "answer", "caller": "shop"}] * 24, *[{"event": "answer", "caller": "probe"}] * 30)
    assert read_traffic(NOW, ignored_callers=("probe",)).requests == 1


def test_what_came_before_does_not_count_and_nothing_is_no_traffic() -> None:
    assert read_traffic(NOW).requests == 0
    store(1, *[{"event": "answer"}] * 9, day="2026-01-05", hours_ago=30)
    assert read_traffic(NOW).requests == 0


def test_of_many_objects_some_are_read_and_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "_MOST_READ", 5)
    for number in range(40):
        store(1 + 10 * number, *[{"event": "answer"}] * 9, {"event": "feedback"})
    reads = 0

    def read(uri: str, original: Any = s3.read_bytes) -> bytes:
        nonlocal reads
        reads += 1
        return original(uri)

    monkeypatch.setattr(s3, "read_bytes", read)
    found = read_traffic(NOW)
    assert (found.requests, found.labels, reads) == (360 / 24, 40 / 24, 5)


def test_an_object_that_cannot_be_read_stops_nobody() -> None:
    store(1, {"event": "answer"})
    s3.create(places.captured("day=2026-01-06/spool/000000000002-000000000002.jsonl.gz"), b"no gzip")
    assert read_traffic(NOW).requests == pytest.approx(2 / 24), "it is taken to be as the others are"
    s3.create(places.captured("day=2026-01-06/spool/000000000003-000000000003.jsonl.gz"), gzip.compress(b"[1]\n"))
    assert read_traffic(NOW).requests == pytest.approx(3 / 24), "and so is one that holds no record"
