"""Objects are read a few at a time, whatever the day has."""

import pytest
from tests.helpers.captured import answer, numbered

from reviewloop.adapters.captures import objects
from reviewloop.core.captures.records import LINES, write_object


def test_no_more_objects_are_held_than_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    uris = [f"s3://lake/{place:04d}{LINES}" for place in range(100)]
    asked: list[str] = []

    def read_bytes(uri: str) -> bytes:
        asked.append(uri)
        return write_object(uri, [numbered(answer(uri))])

    monkeypatch.setattr(objects.s3, "read_bytes", read_bytes)
    seen = []
    for one in objects.read(set(uris), []):
        (record,) = one.records
        seen.append(record["request_id"])
        assert len(asked) < len(seen) + objects._AT_ONCE
    assert seen == uris, "in order"
