"""A delivery's bytes as rows of cells, whatever the format; read as a stream, so that memory does not grow with the file.

Strict: a file whose rows cannot be counted for certain is refused whole (``DataRejected("contract", ...)``, one line that
names the file, the place and the cause). A row that can be told apart but not read keeps its number and gets a fault.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NoReturn, Protocol

from reviewloop.errors import DataRejected

Cell = str | None
EXACT_IN_DOUBLE: Final = 2**53
"""Below it a float of 64 bits is the whole number that it was made of; from it on, it may have been another."""


@dataclass(frozen=True)
class Row:
    """One landed row. ``number`` counts data rows from 1; ``cells`` are ``Table.read``'s, or raw where ``fault`` is set."""

    number: int
    cells: Sequence[Cell]
    fault: str | None = None
    kinds: Mapping[int, str] = field(default_factory=dict)
    """Where the format says so cell by cell (JSON): place of a cell that is no string -> ``a_number``, ``a_list`` and so on."""


class Columnwise(Protocol):
    """Rows as columns of texts."""

    @property
    def num_rows(self) -> int:
        """As a strict reader has counted them."""

    def blocks(self, columns: Sequence[str], max_rows: int) -> Iterator[list[Any]]:
        """Arrow arrays of ``columns``, of ``max_rows`` rows each but for the last; they end where a row must be read by itself."""


@dataclass(frozen=True)
class Table:
    """The header's cells, outer blanks stripped, and the rows, to be read once while the stream is open."""

    header: Sequence[str]
    read: Sequence[str]
    """The columns of the header whose cells the rows hold: a format that can leaves out those that nobody asked for."""
    rows: Iterator[Row]
    """Raises ``DataRejected`` at the place where the file turns out not to be whole."""
    num_declared: int | None = None
    """Rows that the file itself says it holds, where its format does (Parquet)."""
    types: Mapping[str, str] = field(default_factory=dict)
    """Where the format has types: header cell -> ``integer``, ``string``, ``any`` (no value at all) or the format's own word."""
    dialect: Mapping[str, str] = field(default_factory=dict)
    """How the cells of delimited text are written: ``delimiter`` and ``quote``, empty where nothing encloses a cell."""
    columnwise: Columnwise | None = None
    """The same rows as columns of texts, where they can be read so, to be gone through before ``rows``: a shorter way."""


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
    twice = [cell for cell, count in Counter(header).items() if count > 1]
    if twice:
        refuse(name, f"header: column {twice[0]!r} stands there twice; which one is meant cannot be known")
    return header


def some_rows(name: str, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows; refuses the file at the end when there was none."""
    row = None
    for row in rows:
        yield row
    if row is None:
        refuse(name, "a header and no row; send the day's rows")


def cell_of(value: Any, exact_below: int = EXACT_IN_DOUBLE) -> Cell:
    """A typed value as a CSV cell would say it; missing (null, or NaN as pandas writes it) is ``None``.

    A float from ``exact_below`` on may stand for another whole number: it is written with an exponent, and is no integer so.
    """
    if value is None or value != value:
        return None
    if isinstance(value, float) and exact_below <= abs(value) < math.inf:
        return f"{value:.17e}"
    return value if isinstance(value, str) else str(value) if isinstance(value, Decimal) else json.dumps(value, default=str)
