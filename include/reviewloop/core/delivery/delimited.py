"""CSV and TSV as rows of cells, in any sane dialect."""

import csv
import io
from collections.abc import Collection, Iterator
from typing import BinaryIO, Final

from reviewloop.core.delivery.rows import MAX_LINE, Row, Table, refuse, refuse_empty, some_rows, sound_header
from reviewloop.core.delivery.text_streams import Utf8, open_text

DELIMITERS: Final = (",", ";", "|", "\t")
QUOTES: Final = ('"', "'")
MAX_CELL: Final = 16 * 2**20
"""Characters of the longest cell that is read; in a longer one a quote was never closed."""
_HEAD = 2**16


def read_delimited(name: str, stream: BinaryIO, expected: Collection[str], delimiters: Collection[str] = DELIMITERS) -> Table:
    """The table in ``stream``. Its dialect is the one in which the header names most of the ``expected`` columns.

    Without ``expected`` it is the one that finds most columns. Single quotes count as quotes only where the header itself
    is written with them: in a text they are apostrophes.
    """
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))  # the process's own limit is 128 KiB
    text, _ = open_text(name, stream, newline="")
    head = text.read(_HEAD).lstrip("\r\n")
    if not head.strip():
        refuse_empty(name, stream.tell())
    delimiter, quote = _dialect(head, expected, delimiters)
    text, raw = open_text(name, stream, newline="")
    records = _records(name, text, delimiter, quote)
    header = sound_header(name, next(records))
    rows = some_rows(name, _rows(name, len(header), records, raw))
    return Table(header, rows, dialect={"delimiter": delimiter, "quote": quote})


def _dialect(head: str, expected: Collection[str], delimiters: Collection[str]) -> tuple[str, str]:
    def found(dialect: tuple[str, str]) -> int:
        try:
            cells = next(csv.reader(io.StringIO(head, newline=""), delimiter=dialect[0], quotechar=dialect[1], strict=True), [])
        except csv.Error:
            return -1
        names = {cell.strip() for cell in cells}
        return len(names & set(expected)) if expected else len(names)

    quotes = QUOTES if "'" in head.splitlines()[0] else QUOTES[:1]
    return max(((delimiter, quote) for quote in quotes for delimiter in delimiters), key=found)  # the first of equals


def _lines(name: str, text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            refuse(name, f"line {number}: longer than {MAX_LINE} characters; this is no table of reviews")
        yield line


def _records(name: str, text: io.TextIOWrapper, delimiter: str, quote: str) -> Iterator[list[str]]:
    """Header and rows; a blank line is none."""
    reader = csv.reader(_lines(name, text), delimiter=delimiter, quotechar=quote, strict=True)
    num_records = 0
    begins = 1  # the physical line on which the record now being read begins
    try:
        for record in reader:
            begins = reader.line_num + 1
            if record:
                num_records += 1
                yield record
    except csv.Error as error:
        place = f"row {num_records}" if num_records else "the header"
        if "unexpected end" in str(error):
            refuse(name, f"{place} (line {begins}): a quoted cell never closes; the file is cut off, send it again")
        if "field limit" in str(error):
            refuse(name, f"{place} (line {begins}): a cell is longer than {MAX_CELL} characters; a quote in it was never closed")
        refuse(name, f"{place} (line {begins}): {error}; a quote inside a quoted cell must be doubled")


def _rows(name: str, width: int, records: Iterator[list[str]], raw: Utf8) -> Iterator[Row]:
    number, cells = 0, [""] * width
    for number, cells in enumerate(records, 1):
        yield Row(number, cells, None if len(cells) == width else "wrong_number_of_cells")
    if number and len(cells) < width and raw.last not in (b"\n", b"\r"):
        refuse(name, f"row {number} (the last) ends after {len(cells)} of {width} cells; the file is cut off, send it again")
