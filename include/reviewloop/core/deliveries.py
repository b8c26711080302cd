"""A delivery's bytes as a table of cells: CSV, TSV, JSON Lines or Parquet, by the file's ending.

Strict: a file whose rows cannot be counted for certain is refused whole (``DataRejected("contract", ...)``, one line that
names the file, the place and the cause). A row that can be told apart but not read keeps its number and gets a fault.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from reviewloop.errors import DataRejected

Cell = str | None
ENDINGS: Final = (".csv", ".tsv", ".jsonl", ".parquet")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Row:
    """One landed row. ``number`` counts data rows from 1; ``cells`` follow the header, or are raw where ``fault`` is set."""

    number: int
    cells: Sequence[Cell]
    fault: str | None = None


@dataclass(frozen=True)
class Table:
    """The header's cells, outer blanks stripped, and every row."""

    header: Sequence[str]
    rows: Sequence[Row]


def read_table(name: str, data: bytes) -> Table:
    """The table in the file ``name``. Raises ``DataRejected`` where the file as a whole cannot be trusted."""
    ending = name[name.rfind(".") :].lower()
    if ending not in ENDINGS:
        _refuse(name, f"ending {ending!r} is not one of {', '.join(ENDINGS)}; send one of these formats")
    if not data.removeprefix(_BOM).strip():
        _refuse(name, f"the file is empty ({len(data)} bytes); send the day's rows with their header")
    if ending == ".parquet":
        table = _from_parquet(name, data)
    elif ending == ".jsonl":
        table = _from_jsonl(name, _decode(name, data))
    else:
        table = _from_delimited(name, _decode(name, data), "\t" if ending == ".tsv" else ",")
    if not table.rows:
        _refuse(name, "a header and no row; send the day's rows")
    repeated = sorted({cell for cell in table.header if list(table.header).count(cell) > 1})
    if repeated:
        _refuse(name, f"header: column {repeated[0]!r} stands there twice; which one is meant cannot be known")
    return table


def _refuse(name: str, why: str) -> NoReturn:
    raise DataRejected("contract", f"{name}: {why}")


def _decode(name: str, data: bytes) -> str:
    offset = len(_BOM) if data.startswith(_BOM) else 0
    try:
        return data[offset:].decode("utf-8")
    except UnicodeDecodeError as error:
        place = offset + error.start
        _refuse(name, f"not UTF-8 at byte {place} (0x{data[place]:02x}); write the file as UTF-8")


def _from_delimited(name: str, text: str, delimiter: str) -> Table:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    begins = 1  # the physical line on which the record now being read begins
    try:
        for record in reader:
            if record:  # a blank line is no row
                records.append(record)
            begins = reader.line_num + 1
    except csv.Error as error:
        row = f"row {len(records)}" if records else "the header"
        if "unexpected end" in str(error) or "field limit" in str(error):
            _refuse(name, f"{row} (line {begins}): a quoted cell never closes; the file is cut off, send it again")
        _refuse(name, f"{row} (line {begins}): {error}; a quote inside a quoted cell must be doubled")
    header = [cell.strip() for cell in records[0]]
    last = records[-1]
    if len(records) > 1 and len(last) < len(header) and not text.endswith(("\n", "\r")):
        _refuse(
            name,
            f"row {len(records) - 1} (the last) ends after {len(last)} of {len(header)} cells; the file is cut off, send it again",
        )
    wrong = "wrong_number_of_cells"
    return Table(header, [Row(i, cells, None if len(cells) == len(header) else wrong) for i, cells in enumerate(records[1:], 1)])


def _from_jsonl(name: str, text: str) -> Table:
    lines = text.split("\n")
    objects: list[dict[str, Cell] | str] = []
    for i, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            objects.append(_json_object(line))
        except (ValueError, RecursionError) as error:
            if i == len(lines) - 1:  # no line break after it
                _refuse(name, f"row {len(objects) + 1} (the last) is not whole JSON ({error}); the file is cut off, send it again")
            objects.append(line)
    header = list(dict.fromkeys(key for item in objects if isinstance(item, dict) for key in item))
    rows = [
        Row(n, [item], "malformed_json") if isinstance(item, str) else Row(n, [item.get(key) for key in header])
        for n, item in enumerate(objects, 1)
    ]
    return Table([key.strip() for key in header], rows)


def _json_object(line: str) -> dict[str, Cell]:
    """The line's object. Raises ``ValueError`` on anything else, on a repeated key and on text that is not Unicode."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key stands there twice")
        return dict(pairs)

    value = json.loads(line, object_pairs_hook=unique)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    cells = {key: _cell(item) for key, item in value.items()}
    "".join(f"{key}{cell}" for key, cell in cells.items()).encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
    return cells


def _from_parquet(name: str, data: bytes) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        _refuse(name, f"not a whole Parquet file: {str(error).splitlines()[0]}")
    columns = [column.to_pylist() for column in table.columns]
    return Table([cell.strip() for cell in table.column_names], list(_numbered(zip(*columns, strict=True))))


def _numbered(records: Iterator[tuple[Any, ...]]) -> Iterator[Row]:
    for number, record in enumerate(records, 1):
        yield Row(number, [_cell(value) for value in record])


def _cell(value: Any) -> Cell:
    if value is None or value != value:  # NaN is how pandas writes a missing number
        return None
    return value if isinstance(value, str) else json.dumps(value, default=str)
