"""What is a record, what is none, and that it is written as it was read."""

import gzip
import json

import pytest
from tests.helpers.captured import answer, feedback, numbered, shadow

from reviewloop.core.captures.records import in_time, key_of, read_object, together, write_object

NAME = "day=2026-01-02/a/1-2.jsonl.gz"


def lines(*found: bytes) -> bytes:
    return gzip.compress(b"\n".join(found))


def test_what_is_written_is_read_and_the_same_records_are_the_same_bytes() -> None:
    records = [numbered(answer("r1"), seq=1), numbered(shadow("r1"), seq=2)]
    assert read_object(NAME, write_object(NAME, records)) == (records, 0)
    assert write_object(NAME, records) == write_object(NAME, records)
    assert read_object("older.json", write_object("older.json", [answer("r1")])) == ([answer("r1")], 0)


GOOD = {"spool": "a", "seq": 1, "dropped": 0, "received_at": "2026-01-02", "request_id": "r"}


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b"null",
        *(json.dumps({**GOOD, name: value}).encode() for name, value in [
            ("spool", 5), ("seq", "1"), ("seq", True), ("seq", -1), ("seq", 10**13), ("dropped", None), ("received_at", 5),
            ("request_id", None),
        ]),
    ],
)  # fmt: skip
def test_a_line_that_is_no_record_is_counted_and_stops_nothing(line: bytes) -> None:
    assert read_object(NAME, lines(json.dumps(GOOD).encode(), line, json.dumps(GOOD).encode())) == ([GOOD, GOOD], 1)


@pytest.mark.parametrize("data", [b"", b"no gzip", gzip.compress(b"x" * 100)[:-9], b"\x1f\x8b" + b"\0" * 20])
def test_an_object_that_cannot_be_unpacked_is_one_such_line(data: bytes) -> None:
    assert read_object(NAME, data) in (([], 1), ([], 0))


def test_a_record_is_there_once_and_the_first_stays() -> None:
    first, again = numbered(answer("r1"), seq=7), numbered(answer("other"), seq=7)
    assert together([first], [again, numbered(answer("r2"), seq=6)]) == {
        ("a", "000000000006"): numbered(answer("r2"), seq=6),
        ("a", "000000000007"): first,
    }
    assert key_of(answer("r1")) == ("", "r1")


def test_of_one_moment_the_lower_number_is_first() -> None:
    late, early = numbered(feedback("r1"), seq=10), numbered(feedback("r1"), seq=9)
    assert in_time([late, early]) == [early, late]
