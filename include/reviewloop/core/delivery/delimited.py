"""CSV and TSV as rows of cells, in any sane dialect."""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, BinaryIO, Final

from reviewloop.config import Column, LimitsConfig
from reviewloop.core.delivery.bounds import max_line, require_columns
from reviewloop.core.delivery.columnwise.blocks import Columns
from reviewloop.core.delivery.columnwise.regular import weigh_regular
from reviewloop.core.delivery.dialect import Evidence, Scale
from reviewloop.core.delivery.rows import Row, Table, refuse, refuse_empty, some_rows, sound_header
from reviewloop.core.delivery.text_streams import Utf8, open_text
from reviewloop.errors import DataRejected

DELIMITERS: Final = (",", ";", "|", "\t")
QUOTES: Final = ('"', "'")
_LETTERS: Final = ""
"""In place of a quote: quotes are letters, nothing encloses a cell."""
_HEAD = 2**16
_DOUBLED = "a quote inside a quoted cell must be doubled"


def read_delimited(
    name: str, stream: BinaryIO, limits: LimitsConfig, columns: Sequence[Column] = (), delimiters: Collection[str] = DELIMITERS
) -> Table:
    """The table in ``stream``. Its dialect is the one in which the header names most of the contract's ``columns``.

    Without ``columns`` it is the one that finds most columns. Single quotes count as quotes only where the header itself
    is written with them: in a text they are apostrophes. Whether double quotes enclose cells is told from the whole file
    (``dialect``), where its header is not written with them and the contract says what its cells should be.
    """
    csv.field_size_limit(max(csv.field_size_limit(), limits.max_cell_characters))  # the process's own limit is 128 KiB
    text, _ = open_text(name, stream, newline="")
    head = text.read(_HEAD).lstrip("\r\n")
    if not head.strip():
        refuse_empty(name, stream.tell())
    delimiter, quote = _dialect(head, [column.column for column in columns], delimiters)
    found = None
    if columns and quote not in head.splitlines()[0]:
        found = _weighed(name, stream, limits, delimiter, quote, columns)
        quote = _LETTERS if found.meaning() == "letter" else quote
    records, _ = _opened(name, stream, limits, delimiter, quote)
    header = next(records)
    require_columns(name, len(header), limits)
    header = sound_header(name, header)
    rows = some_rows(name, _rows(name, len(header), lambda: _opened(name, stream, limits, delimiter, quote)))
    columnwise = None
    if found is not None:
        num_rows = found.num_rows if quote else found.num_lines
        columnwise = Columns(name, stream, header, delimiter, quote, num_rows, limits)
    return Table(header, header, rows, dialect={"delimiter": delimiter, "quote": quote}, columnwise=columnwise)


def _opened(name: str, stream: BinaryIO, limits: LimitsConfig, delimiter: str, quote: str) -> tuple[Iterator[list[str]], Utf8]:
    """Header and rows from the stream's beginning, and the bytes that they are read from."""
    text, raw = open_text(name, stream, newline="")
    return _records(name, _lines(name, text, limits), delimiter, quote, limits), raw


def _dialect(head: str, expected: Sequence[str], delimiters: Collection[str]) -> tuple[str, str]:
    def found(dialect: tuple[str, str]) -> int:
        try:
            cells = next(csv.reader(io.StringIO(head, newline=""), delimiter=dialect[0], quotechar=dialect[1], strict=True), [])
        except csv.Error:
            return -1
        names = {cell.strip() for cell in cells}
        return len(names & set(expected)) if expected else len(names)

    quotes = QUOTES if "'" in head.splitlines()[0] else QUOTES[:1]
    return max(((delimiter, quote) for quote in quotes for delimiter in delimiters), key=found)  # the first of equals


def _weighed(name: str, stream: BinaryIO, limits: LimitsConfig, delimiter: str, quote: str, columns: Sequence[Column]) -> Evidence:
    """What the whole file says of its quotes. Refuses one in which they can be neither letters nor what encloses cells, or both."""
    text, _ = open_text(name, stream, newline="")
    lines = _lines(name, text, limits)
    number, header = next((number, line) for number, line in enumerate(lines, 1) if line.strip("\r\n"))
    by_header = {column.column: column for column in columns}
    places = [by_header.get(cell.strip()) for cell in header.rstrip("\r\n").split(delimiter)]
    scale = Scale(number + 1, delimiter, quote, places)
    if not _is_regular(name, stream, scale, limits):
        text, _ = open_text(name, stream, newline="")
        scale.weigh(islice(_lines(name, text, limits), scale.line - 1, None))
    if scale.found.meaning() == "unclear":
        refuse(name, _two_readings(scale.found, limits))
    return scale.found


def _is_regular(name: str, stream: BinaryIO, scale: Scale, limits: LimitsConfig) -> bool:
    """Weigh all that can be weighed block by block; whether nothing is left."""
    text, raw = open_text(name, stream, newline="")
    with text, suppress(DataRejected):  # line by line the file is refused at its place
        return weigh_regular(scale, raw, min(limits.max_cell_characters, max_line(limits)))
    return False


def _two_readings(found: Evidence, limits: LimitsConfig) -> str:
    """Why neither reading of the quotes can be trusted."""
    if found.error is None:
        enclosing, letters = f"enclose a cell there ({found.num_rows} rows in all)", f"be a letter ({found.num_lines} rows)"
        return f"line {found.region_line}: a quote may {enclosing} or {letters}, and the rest of the file does not tell; {_DOUBLED}"
    why = _why(found.error, found.num_rows + 1, found.error_line, limits)
    if found.ends_inside:
        return why
    ragged = f"{found.num_ragged} of {found.num_lines} lines would be no row"
    return f"{why}; nor can quotes be letters: {ragged if found.num_ragged else 'other cells are enclosed in them'}"


def _lines(name: str, text: io.TextIOWrapper, limits: LimitsConfig) -> Iterator[str]:
    number = 0
    while line := text.readline(max_line(limits) + 1):
        number += 1
        if len(line) > max_line(limits):
            refuse(name, f"line {number}: longer than {max_line(limits)} characters; this is no table of reviews")
        yield line


def _records(name: str, lines: Iterator[str], delimiter: str, quote: str, limits: LimitsConfig) -> Iterator[list[str]]:
    """Header and rows; a blank line is none."""
    rule: dict[str, Any] = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    reader = csv.reader(lines, delimiter=delimiter, strict=True, **rule)
    num_records = 0
    begins = 1  # the physical line on which the record now being read begins
    try:
        for record in reader:
            begins = reader.line_num + 1
            if record:
                num_records += 1
                yield record
    except csv.Error as error:
        refuse(name, _why(error, num_records, begins, limits))


def _why(error: csv.Error, row: int, line: int, limits: LimitsConfig) -> str:
    """What the reader's error means, and where: row 0 is the header."""
    place = f"row {row} (line {line})" if row else f"the header (line {line})"
    if "unexpected end" in str(error):
        return f"{place}: a quoted cell never closes; the file is cut off, send it again"
    if "field limit" in str(error):
        return f"{place}: a cell is longer than {limits.max_cell_characters} characters; a quote in it was never closed"
    return f"{place}: {error}; {_DOUBLED}"


def _rows(name: str, width: int, opened: Callable[[], tuple[Iterator[list[str]], Utf8]]) -> Iterator[Row]:
    """The rows behind the header; the stream is read from its beginning with the first of them."""
    records, raw = opened()
    next(records)
    number, cells = 0, [""] * width
    for number, cells in enumerate(records, 1):
        yield Row(number, cells, None if len(cells) == width else "wrong_number_of_cells")
    if number and len(cells) < width and raw.last not in (b"\n", b"\r"):
        refuse(name, f"row {number} (the last) ends after {len(cells)} of {width} cells; the file is cut off, send it again")
