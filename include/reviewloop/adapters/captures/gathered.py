"""A day's records, gathered on this machine's disk, each once: however many there are, memory holds one piece of them.

SQLite finds and orders them; what they mean is for ``core.captures`` to say. The file is one collection's, and gone with it.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from reviewloop.core.captures.gaps import Span, spans_in_order
from reviewloop.core.captures.records import ANSWER, FEEDBACK, LATE, SHADOW, Record, event_of, key_of, to_line

PIECE_BYTES: Final = 8_000_000
"""Of records, as they are written, that are in memory at once; what was told of one request is not parted from it."""
# Text is kept as the bytes of its UTF-8: they have the order of Python's text, and half of a surrogate pair stops nothing.
# Every order that is asked for has its index (the plus below keeps another one out): SQLite sorts nothing in memory, and nothing in
# a folder that may be memory.
_TABLE: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -32000;
CREATE TABLE records (
    spool BLOB, number BLOB, dropped INTEGER, is_own INTEGER, is_new INTEGER, event TEXT, request_id BLOB, received_at BLOB,
    has_rows INTEGER, line BLOB, PRIMARY KEY (spool, number)
);
CREATE INDEX by_time ON records (event, received_at, spool, number);
CREATE INDEX by_request ON records (request_id, event, received_at, spool, number);
"""
_ADD: Final = """
INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (spool, number) DO UPDATE SET is_new = max(is_new, excluded.is_new)
"""
_FIRST: Final = """
SELECT rowid FROM records WHERE request_id = ? AND event = 'answer' ORDER BY received_at, spool, number LIMIT 1
"""
_ORPHANS: Final = """
SELECT line FROM records AS told WHERE +event IN ('shadow', 'feedback') AND is_new >= ?
AND NOT EXISTS (SELECT 1 FROM records AS known WHERE known.request_id = told.request_id AND known.event = 'answer')
ORDER BY spool, number
"""


class Gathered:
    """In the file ``path``, which is made. Of a record that is added twice the first counts."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_TABLE)
        self._db.execute("BEGIN")

    def close(self) -> None:
        """No more is asked."""
        self._db.close()

    def add(self, records: Iterable[Record], is_new: bool) -> None:
        """Keep them. ``is_new``: no earlier collection of the day has had them."""
        self._db.executemany(_ADD, (_row(record, is_new) for record in records))

    def lines(self) -> Iterator[bytes]:
        """Every record as it is written, in the order of ``together``."""
        return (line for (line,) in self._db.execute("SELECT line FROM records ORDER BY spool, number"))

    def pieces(self) -> Iterator[list[Record]]:
        """The answers by time, each request's first with its shadows and feedback: ``capture_rows`` of one piece after the other is
        that of all records."""
        answers = "SELECT rowid, request_id, line FROM records WHERE event = 'answer' ORDER BY received_at, spool, number"
        return _in_pieces([line, *self._told(rowid, request_id)] for rowid, request_id, line in self._db.execute(answers))

    def orphans(self, only_new: bool) -> Iterator[list[Record]]:
        """Shadows of, and feedback to, answers that are not here, in pieces."""
        return _in_pieces([line] for (line,) in self._db.execute(_ORPHANS, (int(only_new),)))

    def own_spans(self) -> list[Span]:
        """The numbered records that came in on this very day, a line a spool."""
        own = "SELECT spool, number, dropped FROM records WHERE is_own ORDER BY spool, number"
        return spans_in_order((_text(spool), int(number), dropped) for spool, number, dropped in self._db.execute(own))

    def num_requests(self) -> int:
        """Requests that have a row; one that two arms were asked counts once."""
        return self._number("SELECT count(*) FROM (SELECT DISTINCT request_id FROM records WHERE +event = 'answer' AND has_rows)")

    def num_shadowed(self) -> int:
        """Records of a shadow."""
        return self._number("SELECT count(*) FROM records WHERE event = 'shadow'")

    def _told(self, rowid: int, request_id: bytes) -> list[bytes]:
        if self._db.execute(_FIRST, (request_id,)).fetchone() != (rowid,):
            return []
        told = "SELECT line FROM records WHERE request_id = ? AND event IN ('shadow', 'feedback')"
        return [line for (line,) in self._db.execute(told, (request_id,))]

    def _number(self, query: str) -> int:
        return int(self._db.execute(query).fetchone()[0])


def _in_pieces(groups: Iterable[list[bytes]]) -> Iterator[list[Record]]:
    piece: list[bytes] = []
    size = 0
    for group in groups:
        piece += group
        size += sum(map(len, group))
        if size >= PIECE_BYTES:
            yield [json.loads(line) for line in piece]
            piece, size = [], 0
    if piece:
        yield [json.loads(line) for line in piece]


def _row(record: Record, is_new: bool) -> tuple[Any, ...]:
    spool, number = key_of(record)
    event = event_of(record)
    reviews = record.get("reviews")
    return (
        _bytes(spool),
        _bytes(number),
        record.get("dropped"),
        "spool" in record and not record.get(LATE),
        is_new,
        event if event in (ANSWER, SHADOW, FEEDBACK) else None,
        _bytes(record["request_id"]),
        _bytes(record["received_at"]),
        isinstance(reviews, list) and bool(reviews),
        to_line(record),
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
