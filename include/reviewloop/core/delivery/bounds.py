"""What a delivery may cost, asked before it has cost more: ``dataset.limits``, one line for each bound that is passed."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from reviewloop.config import LimitsConfig
from reviewloop.core.delivery.rows import Row, Table, refuse

MEGABYTE: Final = 2**20


def max_line(limits: LimitsConfig) -> int:
    """Characters of the longest line of text that is read; a line is held in memory."""
    return 2 * limits.max_cell_characters


def require_size(name: str, num_bytes: int, limits: LimitsConfig) -> None:
    """Refuse a file of too many bytes, unpacked."""
    if num_bytes > limits.max_megabytes * MEGABYTE:
        _beyond(name, "megabytes unpacked", num_bytes / MEGABYTE, "max_megabytes", limits.max_megabytes, "send fewer rows a file")


def require_ratio(name: str, num_bytes: int, num_packed: int, limits: LimitsConfig) -> None:
    """Refuse a file that unpacks to many times its size; a small one costs nothing and may repeat itself."""
    if num_bytes > max(MEGABYTE, limits.max_unpacking_ratio * num_packed):
        ratio, advice = num_bytes / max(num_packed, 1), "reviews do not repeat themselves so; send the file unpacked if they do"
        _beyond(name, "unpacked bytes over packed ones", ratio, "max_unpacking_ratio", limits.max_unpacking_ratio, advice)


def require_columns(name: str, num_columns: int, limits: LimitsConfig) -> None:
    """Refuse a header of too many columns."""
    if num_columns > limits.max_columns:
        _beyond(name, "columns", num_columns, "max_columns", limits.max_columns, "send the contract's columns, a value a cell")


def require_cells(name: str, num_rows: int, num_columns: int, limits: LimitsConfig) -> None:
    """Refuse a file of too many cells."""
    if num_rows * num_columns > limits.max_cells:
        _beyond(
            name, "cells", num_rows * num_columns, "max_cells", limits.max_cells, "send the contract's columns, fewer rows a file"
        )


def require_quarantine(name: str, num_characters: int, limits: LimitsConfig) -> None:
    """Refuse a file of which too much is set aside."""
    size, allowed = num_characters / MEGABYTE, limits.max_quarantine_megabytes
    if size > allowed:
        advice = "too many of its rows break the contract: mend them and send the file again"
        _beyond(name, "megabytes of rows set aside", size, "max_quarantine_megabytes", allowed, advice)


def bounded(name: str, table: Table, limits: LimitsConfig) -> Table:
    """The table, with rows that end in a refusal where their number, their cells or one cell pass a bound."""
    return replace(table, rows=_bounded(name, table, limits))


def _bounded(name: str, table: Table, limits: LimitsConfig) -> Iterator[Row]:
    num_characters, width = 0, len(table.header)
    for row in table.rows:
        sizes = [len(cell) for cell in row.cells if cell]
        num_characters += sum(sizes)
        require_cells(name, row.number, width, limits)
        require_size(name, num_characters, limits)  # columns of a dictionary (Parquet) unpack to more than any size declared
        if max(sizes, default=0) > limits.max_cell_characters:
            what, advice = f"row {row.number}: characters in a cell", "shorten it, or close its quote"
            _beyond(name, what, max(sizes), "max_cell_characters", limits.max_cell_characters, advice)
        yield row


def _beyond(name: str, what: str, found: float, key: str, allowed: float, advice: str) -> None:
    shown = math.ceil(found * 100) / 100  # rounded up: never shown as what is allowed
    refuse(name, f"{what}: {shown:,.10g}, allowed: {allowed:,.10g} (dataset.limits.{key}); {advice}")
