"""A delivery's bytes as rows of cells, whatever the format; read as a stream, so that memory does not grow with the file.

Strict: a file whose rows cannot be counted for certain is refused whole (``DataRejected("contract", ...)``, one line that
names the file, the place and the cause). A row that can be told apart but not read keeps its number and gets a fault.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NoReturn

from reviewloop.errors import DataRejected

Cell = str | None
MAX_LINE: Final = 32 * 2**20
"""Characters of the longest line that is read. Beyond it the file is refused: it would not fit into memory."""


@dataclass(frozen=True)
class Row:
    """One landed row. ``number`` counts data rows from 1; ``cells`` follow the header, or are raw where ``fault`` is set."""

    number: int
    cells: Sequence[Cell]
    fault: str | None = None


@dataclass(frozen=True)
class Table:
    """The header's cells, outer blanks stripped, and the rows, to be read once while the stream is open."""

    header: Sequence[str]
    rows: Iterator[Row]
    """Raises ``DataRejected`` at the place where the file turns out not to be whole."""
    num_declared: int | None = None
    """Rows that the file itself says it holds, where its format does (Parquet)."""
    types: Mapping[str, str] = field(default_factory=dict)
    """Where the format has types: header cell -> ``integer``, ``string``, ``any`` (no value at all) or the format's own word."""
    dialect: Mapping[str, str] = field(default_factory=dict)
    """How the cells of delimited text are written: ``delimiter`` and ``quote``."""


def refuse(name: str, why: str) -> NoReturn:
    """Refuse the file ``name`` whole."""
    raise DataRejected("contract", f"{name}: {why}")


def refuse_empty(name: str, num_bytes: int) -> NoReturn:
    """Refuse a file without even a header."""
    refuse(name, f"the file is empty ({num_bytes} bytes); send the day's rows with their header")


def sound_header(name: str, cells: Sequence[str]) -> list[str]:
    """The header's cells without outer blanks. Refuses one that is no text, or that names a column twice."""
    header = [cell.strip() for cell in cells]
    if any("\0" in cell for cell in header):
        refuse(name, "header: a NUL byte; this is no text, or the upload left a hole")
    for cell in header:
        if header.count(cell) > 1:
            refuse(name, f"header: column {cell!r} stands there twice; which one is meant cannot be known")
    return header


def some_rows(name: str, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows; refuses the file at the end when there was none."""
    row = None
    for row in rows:
        yield row
    if row is None:
        refuse(name, "a header and no row; send the day's rows")


def cell_of(value: Any) -> Cell:
    """A typed value as a CSV cell would say it; missing (null, or NaN as pandas writes it) is ``None``."""
    if value is None or value != value:
        return None
    return value if isinstance(value, str) else str(value) if isinstance(value, Decimal) else json.dumps(value, default=str)
