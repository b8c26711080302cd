"""What a listing says of the things that lie there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.retention import lying

DAY = "2026-01-02"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_a_thing_is_as_old_as_its_youngest_object(monkeypatch: pytest.MonkeyPatch) -> None:
    root = places.chunks(DAY, "ab", "cd")
    ages = {"0-9/a": 400, "10-19/a": 2, "20-29/a": 300}

    def listed(prefix: str) -> Iterator[s3.Stored]:
        return (s3.Stored(f"{root}/{name}", "e", NOW - timedelta(days=age), 5) for name, age in ages.items())

    monkeypatch.setattr(s3, "list_objects", listed)
    (found,) = lying.of_kind("chunks")
    assert found.item.written_at == NOW - timedelta(days=2)
    assert (found.item.num_objects, found.item.num_bytes, found.item.day) == (3, 15, DAY)
