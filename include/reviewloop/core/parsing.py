"""A delivery's cells as typed reviews, and a quarantine for the rows that are none. No row is lost: the counts must add up."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reviewloop.core.deliveries import Cell, Row, Table, read_table
from reviewloop.core.reviews import FIELDS, REQUIRED
from reviewloop.errors import ConfigError, DataRejected, PermanentError

_INTEGER = re.compile(r"[+-]?\d{1,18}(\.0*)?", re.ASCII)  # "5.0" is how pandas writes an integer column with gaps
QUARANTINE = {"row": "int64", "reason": "string", "cells": "string"}
"""Columns of the quarantine: the row's number (data rows, from 1), why, and its original cells as a JSON list."""


@dataclass(frozen=True)
class Parsed:
    """A parsed delivery. ``accepted`` has exactly the columns and dtypes of ``FIELDS``, ``quarantine`` those of ``QUARANTINE``."""

    accepted: pd.DataFrame
    quarantine: pd.DataFrame
    num_landed: int
    reasons: Mapping[str, int]
    extra_columns: Sequence[str]
    """Columns of the delivery that nothing maps to; ignored."""


class _Fault(Exception):
    """Why a row is quarantined: its reason code."""


def parse_reviews(name: str, data: bytes, columns: Mapping[str, str], age: tuple[int, int]) -> Parsed:
    """Parse the file ``name``.

    ``columns`` maps each field of ``FIELDS`` to its header cell; ``age`` is the closed range of plausible ages in years.
    Raises ``DataRejected("contract", ...)`` where the file as a whole is refused, ``ConfigError`` where ``columns`` is not
    a map of all fields.
    """
    if set(columns) != set(FIELDS):
        wrong = ", ".join(sorted(set(columns) ^ set(FIELDS)))
        raise ConfigError(f"dataset.columns: must name each field once; missing or unknown: {wrong}; fields: {', '.join(FIELDS)}")
    table = read_table(name, data)
    _require(name, table, columns)
    places = {field: table.header.index(header) for field, header in columns.items()}
    accepted: list[dict[str, Any]] = []
    quarantined: list[dict[str, Any]] = []
    seen: set[int] = set()
    for row in table.rows:
        try:
            accepted.append(_review(row, places, age, seen))
        except _Fault as fault:
            quarantined.append({"row": row.number, "reason": str(fault), "cells": json.dumps(list(row.cells), ensure_ascii=False)})
    if len(accepted) + len(quarantined) != len(table.rows):
        raise PermanentError(f"{name}: {len(table.rows)} rows landed, {len(accepted)} accepted, {len(quarantined)} quarantined")
    return Parsed(
        accepted=pd.DataFrame(accepted, columns=list(FIELDS)).astype(FIELDS),
        quarantine=pd.DataFrame(quarantined, columns=list(QUARANTINE)).astype(QUARANTINE),
        num_landed=len(table.rows),
        reasons=dict(sorted(Counter(item["reason"] for item in quarantined).items())),
        extra_columns=[cell for cell in table.header if cell not in columns.values()],
    )


def _require(name: str, table: Table, columns: Mapping[str, str]) -> None:
    missing = [header for header in columns.values() if header not in table.header]
    if missing:
        others = [cell for cell in table.header if cell not in columns.values()]
        found = f"found instead: {_names(others)}" if others else "and no other column is there"
        raise DataRejected("contract", f"{name}: header: missing column {_names(missing)}; {found}")


def _names(cells: Sequence[str]) -> str:
    return ", ".join(repr(cell) for cell in cells)


def _review(row: Row, places: Mapping[str, int], age: tuple[int, int], seen: set[int]) -> dict[str, Any]:
    """The row's review; its id joins ``seen``. Raises ``_Fault`` with the first reason that applies."""
    if row.fault:
        raise _Fault(row.fault)
    cells: dict[str, Cell] = {field: row.cells[place] for field, place in places.items()}
    review: dict[str, Any] = {field: cell if cell and cell.strip() else None for field, cell in cells.items()}
    for field in REQUIRED:
        if review[field] is None:
            raise _Fault(f"{field}_missing")
    for field, dtype in FIELDS.items():
        if dtype == "int64":
            review[field] = _integer(field, review[field])
    if not 1 <= review["rating"] <= 5:
        raise _Fault("rating_not_1_to_5")
    if not age[0] <= review["age"] <= age[1]:
        raise _Fault("age_out_of_range")
    if review["review_id"] in seen:
        raise _Fault("review_id_duplicate")
    seen.add(review["review_id"])
    return review


def _integer(field: str, cell: Cell) -> int:
    if cell is None or not _INTEGER.fullmatch(cell.strip()):
        raise _Fault(f"{field}_not_an_integer")
    return int(cell.strip().split(".")[0])
