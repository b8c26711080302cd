"""The queue as a CSV file that a person fills in, and what such a file says when it comes back.

A file is taken whole or not at all: who is told what is wrong mends it and uploads it again, and nothing of it was half taken.
"""

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from reviewloop.core.annotation.items import LABELS
from reviewloop.core.formulas import defused
from reviewloop.errors import Refused

HEADER: Final = ("item", "label", "day", "review_id", "title", "text")
"""``label`` is for the person; ``item`` says what it is about; the rest is to be read. Nothing says what rating or model think."""
MAX_BYTES: Final = 2**20
_MOST_SHOWN: Final = 5
"""Faults that an error names."""
_DELIMITERS: Final = ",;\t"
"""A spreadsheet writes the one that its country uses."""


def queue_csv(rows: Iterable[Mapping[str, object]]) -> bytes:
    """A row an item, ``label`` empty. With a byte order mark, by which a spreadsheet knows UTF-8; no cell is a formula."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow([defused(str(row.get(name) or "")) if name != "review_id" else row[name] for name in HEADER])
    return b"\xef\xbb\xbf" + sink.getvalue().encode()


def read_answers(name: str, data: bytes, asked: Collection[str], gone: Collection[str] = ()) -> dict[str, str]:
    """Item -> label, of those that have one. ``asked`` are the items of the queue: the file must have a row of each.

    ``gone`` are items whose words were erased since: a file that was made before has them, and what it says of them is left out.

    Raises ``Refused`` in one line that says which row is wrong, what stands there and what may stand there.
    """
    if len(data) > MAX_BYTES:
        raise Refused(f"{name}: {len(data):,} bytes, at most {MAX_BYTES:,} are read: upload the queue's own file with its labels")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{name}: is not UTF-8: save it as CSV UTF-8") from None
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    columns = [cell.strip().casefold() for cell in rows[0]] if rows else []
    if not {"item", "label"} <= set(columns):
        raise Refused(f"{name}: its first row has no column {'label' if 'item' in columns else 'item'}: keep the queue's header")
    found: dict[str, str] = {}
    faults: list[str] = []
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            faults.append(f"row {number} has {len(cells)} of {len(columns)} cells: it was cut off, upload the whole file")
            continue
        row = dict(zip(columns, cells, strict=True))
        item, label = row["item"].strip(), row["label"].strip().casefold()
        if item in gone:
            continue
        if item not in asked:
            faults.append(f"row {number}: item {item[:40]!r} is not in this queue: keep its file's name and its items as they are")
        elif item in found:
            faults.append(f"row {number}: item {item!r} stands twice: keep one row of it")
        elif label and label not in LABELS:
            faults.append(f"row {number}: label {label[:40]!r} is none of {', '.join(LABELS)}; leave empty what is not answered")
        else:
            found[item] = label
    if not faults and len(found) < len(asked):
        faults.append(f"holds {len(found)} of the queue's {len(asked)} items: upload the whole file, labels may stay empty")
    if faults:
        more = f"; and {len(faults) - _MOST_SHOWN} more" if len(faults) > _MOST_SHOWN else ""
        raise Refused(f"{name}: nothing of it was taken: {'; '.join(faults[:_MOST_SHOWN])}{more}")
    return {item: label for item, label in found.items() if label}
