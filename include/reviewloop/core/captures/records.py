"""Captured records as the endpoint's objects hold them: an answer, what a shadow read, what somebody said of an answer later."""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

Record = Mapping[str, Any]
Key = tuple[str, str]
"""Spool and number: a record has one, however often it is shipped."""

ANSWER: Final = "answer"
SHADOW: Final = "shadow"
FEEDBACK: Final = "feedback"
LATE: Final = "late"
"""Field of a record that another day's object held, and that was brought to the day of its answer: there it is numbered."""
LINES: Final = ".jsonl.gz"
ONE: Final = ".json"
"""Name of an object of before there were spools: one record, without a number."""
_GZIP: Final = 16 + zlib.MAX_WBITS
"""Makes zlib write a gzip header, without a time, and its checksum."""


def is_captured(name: str) -> bool:
    """Whether an object of this name holds records."""
    return name.endswith((LINES, ONE))


def read_object(name: str, data: bytes) -> tuple[list[dict[str, Any]], int]:
    """The records of an object, and how many of its lines are none. What cannot be unpacked at all is one such line."""
    try:
        lines = gzip.decompress(data).splitlines() if name.endswith(LINES) else [data]
    except (OSError, EOFError, zlib.error):
        return [], 1
    records = [record for line in lines if (record := _record(line, is_numbered=name.endswith(LINES))) is not None]
    return records, len(lines) - len(records)


def write_object(name: str, records: Iterable[Record]) -> bytes:
    """The bytes of an object of these records, as ``read_object`` reads them: the same records give the same bytes."""
    if name.endswith(LINES):
        return b"".join(packed(map(to_line, records)))
    (record,) = records
    return json.dumps(record, indent=2, sort_keys=True).encode()


def to_line(record: Record) -> bytes:
    """The record as an object of several holds it."""
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def packed(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of an object of these lines, piece by piece; the same lines give the same bytes."""
    packer = zlib.compressobj(zlib.Z_BEST_COMPRESSION, wbits=_GZIP)
    for line in lines:
        yield packer.compress(line)
    yield packer.flush()


def event_of(record: Record) -> str:
    """What the record tells of. Earlier versions kept answers only, and did not say so."""
    return str(record.get("event", ANSWER))


def key_of(record: Record) -> Key:
    """What the record is known by."""
    return (record["spool"], f"{record['seq']:012d}") if "spool" in record else ("", str(record["request_id"]))


def together(*parts: Iterable[Record]) -> dict[Key, Record]:
    """Each record once, by its key, in the keys' order; of several the first."""
    found: dict[Key, Record] = {}
    for part in parts:
        for record in part:
            found.setdefault(key_of(record), record)
    return dict(sorted(found.items()))


def in_time(records: Iterable[Record]) -> list[Record]:
    """By when they came in; clocks of two machines may differ, so ties and all else are by key."""
    return sorted(records, key=lambda record: (str(record["received_at"]), key_of(record)))


def _record(line: bytes, is_numbered: bool) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not all(isinstance(record.get(name), str) for name in ("received_at", "request_id")):
        return None
    if is_numbered and not (
        isinstance(record.get("spool"), str) and _is_count(record.get("seq")) and _is_count(record.get("dropped"))
    ):
        return None
    return record


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12
