"""A day's captured objects become its partition of the Glue table ``captures``.

The objects are the truth: the partition is made of all of them, and takes the day's place whole. What it was made of is noted
(``notes``), so that the next time only what is new is read; for that the partition keeps its records, in a file that Athena does
not see. A note that is missing, or is not true of the partition, costs a reading of the whole day and nothing else. Records are
gathered on the disk (``gathered``): a day may have more of them than memory holds.
"""

import contextlib
import gzip
import json
import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from reviewloop.adapters.captures import erasures, late, notes, objects, superseded
from reviewloop.adapters.captures.gathered import Gathered
from reviewloop.adapters.captures.notes import Note
from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import artifacts, places, s3, scratch
from reviewloop.adapters.lake.artifacts import Artifact
from reviewloop.adapters.lake.frames import ParquetFile
from reviewloop.config import load_config
from reviewloop.core.captures.erasure import Erasure
from reviewloop.core.captures.figures import Figures
from reviewloop.core.captures.gaps import Span
from reviewloop.core.captures.records import Record, packed
from reviewloop.core.captures.rows import DTYPES, capture_rows
from reviewloop.errors import NothingToDo, PermanentError, TransientError, Unavailable
from reviewloop.refs import CollectedRef

log = logging.getLogger(__name__)

ROWS: Final = "captures.parquet"
RECORDS: Final = "_records.jsonl.gz"
"""The underscore hides it from Athena."""
_MAX_TRIES: Final = 5


@dataclass(frozen=True)
class Collected:
    """A day as it stands in the table now. ``places`` are the numbers of its spools."""

    ref: CollectedRef
    places: tuple[Span, ...]
    changed: bool = False
    num_erased: int = 0
    """Reviews that left the day's objects just now."""
    others: frozenset[str] = frozenset()
    """Earlier days that were told of something on this one, and were brought up to date."""


def collect(day: str) -> Collected:
    """Bring the day's partition up to date, and those of days whose answers were told of on this one; idempotent.

    Where nothing is new it lists the day's objects and reads two. Raises ``NothingToDo`` for a day without captured requests.
    """
    found = _collect(day)
    for other in sorted(found.others):
        _collect(other)
    return found


def collect_since(day: str) -> list[Collected]:
    """``collect`` of every day from this one on of which something was captured, in order."""
    found = []
    for one in objects.days():
        with contextlib.suppress(NothingToDo):  # deleted meanwhile
            found += [collect(one)] if one >= day else []
    return found


def _collect(day: str) -> Collected:
    """One day. Where another collection of it was first, this one looks again."""
    for tries in range(1, _MAX_TRIES + 1):
        try:
            return _collect_once(day)
        except Unavailable:
            raise
        except TransientError as error:
            if tries == _MAX_TRIES:
                raise
            log.info("captures of %s: %s", day, error)
    raise AssertionError  # the last try returns or raises


def _collect_once(day: str) -> Collected:
    table = days.captures_table()
    asked = erasures.standing(load_config().captures.retention_days)
    seen = days.standing(table.name, day)  # before all that is read below: whoever writes meanwhile read it later
    listed = objects.listed(day)
    if not listed:
        raise NothingToDo(f"no request was captured on {day}")
    note = notes.read(day, seen.batch)
    if note is not None and not (asked.keys() <= note.erasures and note.objects.items() <= listed.items()):
        note = None  # words are to be erased, or an object was changed: all must be read
    if note is not None and note.objects == listed and not (note.ref.num_unmatched and _is_recent(day)):
        superseded.remove(table, day, note.ref.batch)
        return Collected(note.ref, note.places)

    with scratch.scratch("captures") as folder, closing(Gathered(folder / "records.db")) as gathered:
        if note:
            gathered.add(_records(note, folder), is_new=False)
        read = _gather(gathered, listed.keys() - note.objects.keys() if note else listed, list(asked.values()))
        numbers, numbered = _write_rows(gathered, folder / ROWS), tuple(gathered.own_spans())
        _write_records(gathered, folder / RECORDS)
        files = {name: folder / name for name in (ROWS, RECORDS)}
        artifact = artifacts.publish(places.captures(day), files, {"num_rows": numbers.num_rows}, folder="batch={digest}")
        batch = artifact.uri.rpartition("batch=")[2]
        _audit(table, day, batch, artifact, numbers.num_rows)
        days.publish(seen, table, batch, artifact.uri, "")

        others, num_unmatched = _bring(day, gathered.orphans(only_new=note is not None and not note.ref.num_unmatched))
        num_unreadable = read.num_unreadable + (note.ref.num_unreadable if note else 0)
        ref = CollectedRef(
            day=day, batch=batch, uri=artifact.uri, digest=artifact.digest,
            num_unreadable=num_unreadable, num_unmatched=num_unmatched,
            **numbers.to_ref(gathered.num_requests(), gathered.num_shadowed()),
        )  # fmt: skip
    again = objects.listed(day) if read.rewritten else {}
    notes.write(Note(ref, numbered, notes.after(listed, read.rewritten, again), frozenset(asked)))
    superseded.remove(table, day, batch, at_once=note is None and bool(asked))
    return Collected(ref, numbered, True, read.num_erased, others)


@dataclass
class _Read:
    """Of all objects, what is no record: as ``objects.Reading``."""

    num_unreadable: int = 0
    num_erased: int = 0
    rewritten: list[str] = field(default_factory=list)


def _gather(gathered: Gathered, uris: Collection[str], asked: Collection[Erasure]) -> _Read:
    whole = _Read()
    for one in objects.read(uris, asked):
        gathered.add(one.records, is_new=True)
        whole.num_unreadable += one.num_unreadable
        whole.num_erased += one.num_erased
        whole.rewritten += one.rewritten
    return whole


def _records(note: Note, folder: Path) -> Iterator[Record]:
    """What the partition holds already. No line of it need be looked at: they were records when it was made."""
    artifact = artifacts.open_artifact(note.ref.uri, note.ref.digest)
    with gzip.open(artifact.fetch(RECORDS, folder / "before")) as lines:
        yield from map(json.loads, lines)


def _write_rows(gathered: Gathered, path: Path) -> Figures:
    """A row group a piece."""
    numbers = Figures()
    with ParquetFile(path, DTYPES) as file:
        for piece in gathered.pieces():
            rows = capture_rows(piece)
            file.write(rows)
            numbers.add(rows)
    return numbers


def _write_records(gathered: Gathered, path: Path) -> None:
    with path.open("wb") as file:
        file.writelines(packed(gathered.lines()))


def _bring(day: str, untold: Iterable[Collection[Record]]) -> tuple[frozenset[str], int]:
    """As ``late.bring``, piece by piece."""
    others: frozenset[str] = frozenset()
    num_unmatched = 0
    for piece in untold:
        days_of_piece, num = late.bring(day, piece)
        others, num_unmatched = others | days_of_piece, num_unmatched + num
    return others, num_unmatched


def _audit(table: days.DayTable, day: str, batch: str, artifact: Artifact, num_rows: int) -> None:
    seen = int(days.audit(table, "count_captures", day, batch, artifact.uri)["num_rows"])
    if seen == num_rows:
        return
    if not s3.exists(f"{artifact.uri}/{artifacts.MANIFEST}"):
        raise TransientError(f"captures of {day}: batch {batch} was deleted meanwhile, after an erasure; a retry looks again")
    raise PermanentError(f"{artifact.uri}: Athena sees {seen} rows, the day's requests have {num_rows} reviews")


def _is_recent(day: str) -> bool:
    """Whether the answer to what was told on this day may still be on its way: today or yesterday."""
    try:
        return (datetime.now(UTC).date() - date.fromisoformat(day)).days <= 1
    except ValueError:
        return False
