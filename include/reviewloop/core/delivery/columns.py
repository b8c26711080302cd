"""Do a delivery's columns keep the contract? New, missing and retyped ones are named."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from reviewloop.config import Column, Contract
from reviewloop.core.delivery.rows import EXACT_IN_DOUBLE, Cell, Table, refuse

_INTEGER: Final = re.compile(r"([+-]?\d{1,19})(\.0*)?", re.ASCII)
PLAIN_DIGITS: Final = 18
"""Of an integer that surely fits 64 bits."""
_MAX_NAMED: Final = 20
"""Columns that an error names, each by at most ``_MAX_NAME`` characters."""
_MAX_NAME: Final = 100


def integer(cell: str) -> int | None:
    """The 64-bit integer that the cell says for certain, or ``None``. ``5.0`` is how pandas writes a column that has gaps."""
    if cell.isdecimal() and cell.isascii() and len(cell) <= PLAIN_DIGITS:
        return int(cell)  # nearly all are
    told = _INTEGER.fullmatch(cell.strip())
    if told is None:
        return None
    value = int(told[1])
    return value if -(2**63) <= value < 2**63 and (told[2] is None or abs(value) < EXACT_IN_DOUBLE) else None


def is_integer(cell: str) -> bool:
    """Whether ``integer`` finds one."""
    return integer(cell) is not None


def check_header(name: str, table: Table, contract: Contract) -> None:
    """Refuse the file when a column is missing or has another type, or is new and the contract refuses additions."""
    wanted = [column.column for column in contract.columns]
    missing = [cell for cell in wanted if cell not in table.header]
    new = [cell for cell in table.header if cell not in wanted]
    if missing:
        found = f"found instead: {_names(new)}" if new else "and no other column is there"
        refuse(name, f"header: missing column {_names(missing)}; {found}")
    if new and contract.additive_columns == "refuse":
        refuse(name, f"header: new column {_names(new)}; the contract {contract.name} names none such and refuses additions")
    kinds = [(column, table.types.get(column.column, "any")) for column in contract.columns]
    retyped = [f"{column.column!r} is {kind}, not {column.type}" for column, kind in kinds if kind not in ("any", column.type)]
    if retyped:
        refuse(name, f"header: retyped column {'; '.join(retyped)}")


class Types:
    """Whether a column holds a value of its type, for formats without types: one that holds none was retyped by the producer."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._open = {column.field: column for column in columns}
        self._first: dict[str, tuple[int, str]] = {}

    def note(self, number: int, values: Mapping[str, Cell], kinds: Mapping[str, str]) -> None:
        """Look at one more row; a column is settled with its first value of the right type.

        ``values``: field -> cell, ``None`` where it is missing. ``kinds``: those of ``Row.kinds``, by field.
        """
        for field, column in list(self._open.items()):
            cell = values[field]
            if cell is None:
                continue
            if is_integer(cell) if column.type == "integer" else field not in kinds:
                del self._open[field]
            else:
                self._first.setdefault(field, (number, cell.strip()))

    @property
    def open(self) -> tuple[str, ...]:
        """The fields of which no value of the right type was seen yet."""
        return tuple(self._open)

    def check(self, name: str) -> None:
        """Refuse the file, naming every column that has values and none of its type among them."""
        retyped = [
            f"{column.column!r} holds no {column.type}, first {self._first[field][1][:40]!r} (row {self._first[field][0]})"
            for field, column in self._open.items()
            if field in self._first
        ]
        if retyped:
            rounded = any(_is_rounded(cell) for _, cell in self._first.values())
            why = "; whole numbers beyond 2**53 are not exact as floats, send them as integers or as text" if rounded else ""
            refuse(name, f"retyped column {'; '.join(retyped)}{why}")


def _is_rounded(cell: str) -> bool:
    """Whether the cell is a number that a float has rounded, perhaps."""
    try:
        return not cell.lstrip("+-").isdecimal() and EXACT_IN_DOUBLE <= abs(float(cell)) < math.inf
    except ValueError:
        return False


def _names(cells: Sequence[str]) -> str:
    more = f" and {len(cells) - _MAX_NAMED} more" if len(cells) > _MAX_NAMED else ""
    return ", ".join(repr(cell[:_MAX_NAME]) for cell in cells[:_MAX_NAMED]) + more
