"""Do a delivery's columns keep the contract? New, missing and retyped ones are named."""

import re
from collections.abc import Sequence
from typing import Final

from reviewloop.config import Column, Contract
from reviewloop.core.delivery.rows import Row, Table, refuse

INTEGER: Final = re.compile(r"[+-]?\d{1,18}(\.0*)?", re.ASCII)
"""What an integer looks like; ``5.0`` is how pandas writes a column of them that has gaps."""


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
    """Whether a column of integers holds any, for formats without types: one that holds none was retyped by the producer."""

    def __init__(self, places: Sequence[tuple[Column, int]]) -> None:
        self._open = {column.column: place for column, place in places if column.type == "integer"}
        self._first: dict[str, tuple[int, str]] = {}

    def note(self, row: Row) -> None:
        """Look at one more row; a column is settled with its first integer."""
        for header, place in list(self._open.items()):
            cell = (row.cells[place] or "").strip()
            if INTEGER.fullmatch(cell):
                del self._open[header]
            elif cell:
                self._first.setdefault(header, (row.number, cell))

    def check(self, name: str) -> None:
        """Refuse the file, naming every column that has values and no integer among them."""
        retyped = [
            f"{header!r} holds no integer, first {self._first[header][1][:40]!r} (row {self._first[header][0]})"
            for header in self._open
            if header in self._first
        ]
        if retyped:
            refuse(name, f"retyped column {'; '.join(retyped)}")


def _names(cells: Sequence[str]) -> str:
    return ", ".join(repr(cell) for cell in cells)
