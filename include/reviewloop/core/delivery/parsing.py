"""A delivery's cells as typed reviews, and a quarantine for the rows that are none. No row is lost: the counts must add up."""

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import pandas as pd

from reviewloop.config import Column, Contract, LimitsConfig
from reviewloop.core.delivery.bounds import require_quarantine
from reviewloop.core.delivery.columns import Types, check_header, integer
from reviewloop.core.delivery.formats import open_table
from reviewloop.core.delivery.rows import Cell, Row, refuse
from reviewloop.core.visibility import can_be_seen

QUARANTINE = {"row": "int64", "reason": "string", "cells": "string"}
"""Columns of the quarantine: the row's number (data rows, from 1), why, and its original cells as a JSON list.

The cells are those of the contract's columns, in the contract's order; all of them where they could not be told apart.
"""
MAX_KEPT: Final = 10_000
"""Characters of a quarantined cell that are kept there; the raw copy has it whole."""
_CHUNK_ROWS, _CHUNK_CHARACTERS = 10_000, 16 * 2**20

Write = Callable[[pd.DataFrame], None]


@dataclass(frozen=True)
class Parsed:
    """What became of a delivery's rows: ``num_landed == num_accepted + num_quarantined``."""

    num_landed: int
    num_accepted: int
    num_quarantined: int
    reasons: Mapping[str, int]
    extra_columns: Sequence[str]
    """Columns of the delivery that the contract does not name; ignored."""
    dialect: Mapping[str, str]
    """How the cells of delimited text are written: ``Table.dialect``."""


class _Quarantined(Exception):
    """Why a row is quarantined: its reason code."""


class _Chunk:
    """Rows on their way out: never more than a bounded number of rows and characters."""

    def __init__(self, name: str, limits: LimitsConfig, write: Write, write_quarantine: Write, dtypes: Mapping[str, str]) -> None:
        self._name, self._limits, self._num_set_aside = name, limits, 0
        self._write, self._write_quarantine, self._dtypes = write, write_quarantine, dict(dtypes)
        self._clear()

    def _clear(self) -> None:
        self._accepted: list[Mapping[str, Any]] = []
        self._quarantined: list[Mapping[str, Any]] = []
        self._num_characters = 0

    def add(self, row: Row, review: Mapping[str, Any] | None, reason: str) -> None:
        """``row.cells`` are in the contract's order, unless the row has a fault."""
        self._num_characters += sum(len(cell) for cell in row.cells if cell)
        if review is not None:
            self._accepted.append(review)
        else:
            cells = json.dumps([_kept(cell) for cell in row.cells], ensure_ascii=False)
            self._num_set_aside += len(cells)
            require_quarantine(self._name, self._num_set_aside, self._limits)
            self._quarantined.append({"row": row.number, "reason": reason, "cells": cells})
        if len(self._accepted) + len(self._quarantined) >= _CHUNK_ROWS or self._num_characters >= _CHUNK_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        self._write(pd.DataFrame(self._accepted, columns=list(self._dtypes)).astype(self._dtypes))
        self._write_quarantine(pd.DataFrame(self._quarantined, columns=list(QUARANTINE)).astype(QUARANTINE))
        self._clear()


def parse_reviews(
    name: str,
    stream: BinaryIO,
    contract: Contract,
    limits: LimitsConfig,
    write: Write,
    write_quarantine: Write,
    num_declared: int | None = None,
) -> Parsed:
    """Parse the file ``name`` (``stream``: its unzipped bytes, seekable), handing its rows on chunk by chunk.

    ``write`` is given frames with exactly the columns and dtypes of the contract, ``write_quarantine`` those of
    ``QUARANTINE``; each at least once. ``num_declared`` are the rows that the producer says the file holds, if he does. Raises
    ``DataRejected("contract", ...)``, perhaps after some chunks, where the file as a whole is refused.
    """
    table = open_table(name, stream, limits, contract.columns)
    check_header(name, table, contract)
    places = [(column, table.read.index(column.column)) for column in contract.columns]
    types, seen = Types(contract.columns), set[int]()
    chunk = _Chunk(name, limits, write, write_quarantine, contract.dtypes())
    reasons: Counter[str] = Counter()
    num_landed = num_accepted = 0
    for row in table.rows:
        num_landed += 1
        review, reason = None, ""
        try:
            if row.fault:
                raise _Quarantined(row.fault)
            kinds = {column.field: row.kinds[place] for column, place in places if place in row.kinds}
            row = Row(row.number, [row.cells[place] for _, place in places])
            values = {column.field: _present(column, cell) for (column, _), cell in zip(places, row.cells, strict=True)}
            types.note(row.number, values, kinds)
            review = _review(contract.columns, values, kinds, seen)
            num_accepted += 1
        except _Quarantined as fault:
            reason = str(fault)
            reasons[reason] += 1
        chunk.add(row, review, reason)
    chunk.flush()
    types.check(name)
    for who, count in (("the file", table.num_declared), ("its producer", num_declared)):
        if count is not None and count != num_landed:
            refuse(name, f"{who} declares {count} rows, {num_landed} were read; send it again")
    extra = [cell for cell in table.header if cell not in contract.headers().values()]
    return Parsed(num_landed, num_accepted, reasons.total(), dict(sorted(reasons.items())), extra, table.dialect)


def parse_whole(
    name: str, data: bytes, contract: Contract, limits: LimitsConfig, num_declared: int | None = None
) -> tuple[Parsed, pd.DataFrame, pd.DataFrame]:
    """``parse_reviews`` of a file small enough to hold: what it found, the accepted rows and the quarantined ones."""
    accepted: list[pd.DataFrame] = []
    quarantine: list[pd.DataFrame] = []
    parsed = parse_reviews(name, io.BytesIO(data), contract, limits, accepted.append, quarantine.append, num_declared)
    return parsed, pd.concat(accepted, ignore_index=True), pd.concat(quarantine, ignore_index=True)


def unrated_in(quarantine: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """Reviews that were set aside for want of stars and have no other fault: the contract's columns and dtypes without ``rating``.

    A row with a cell that is not kept whole stays where it is, and so does one of a contract that had other columns.
    """
    columns = [column for column in contract.columns if column.field != "rating"]
    reviews, seen = list[Mapping[str, Any]](), set[int]()
    for kept in quarantine.loc[quarantine["reason"] == "rating_missing", "cells"]:
        cells = json.loads(kept)
        if len(cells) != len(contract.columns) or any(cell and len(cell) > MAX_KEPT for cell in cells):
            continue
        values = {column.field: _present(column, cell) for column, cell in zip(contract.columns, cells, strict=True)}
        with suppress(_Quarantined):
            reviews.append(_review(columns, values, {}, seen))
    dtypes = {name: dtype for name, dtype in contract.dtypes().items() if name != "rating"}
    return pd.DataFrame(reviews, columns=list(dtypes)).astype(dtypes)


def _present(column: Column, cell: Cell) -> Cell:
    """The cell as it is; ``None`` where it shows nothing, or says in a word that there is nothing."""
    if not cell or "\0" in cell:
        return cell or None  # a NUL is no empty cell: the whole row is damaged
    return cell if can_be_seen(cell) and not column.says_missing(cell) else None


def _review(columns: Sequence[Column], values: Mapping[str, Cell], kinds: Mapping[str, str], seen: set[int]) -> dict[str, Any]:
    """The review of a row's ``values``; its id joins ``seen``. Raises ``_Quarantined`` with the first reason that applies."""
    for column in columns:
        cell = values[column.field]
        if cell and "\0" in cell:
            raise _Quarantined("nul_character")
        if cell is None and not column.nullable:
            raise _Quarantined(f"{column.field}_missing")
        if column.type == "string" and column.field in kinds:
            raise _Quarantined(f"{column.field}_is_{kinds[column.field]}")
    review: dict[str, Any] = {}
    for column in columns:
        cell = values[column.field]
        review[column.field] = None if cell is None else _value(column, cell)
    if review["review_id"] in seen:
        raise _Quarantined("review_id_duplicate")
    seen.add(review["review_id"])
    return review


def _value(column: Column, cell: str) -> int | str:
    if column.type == "string":
        if column.max_length is not None and len(cell) > column.max_length:
            raise _Quarantined(f"{column.field}_too_long")
        return cell
    value = integer(cell)
    if value is None:
        raise _Quarantined(f"{column.field}_not_an_integer")
    low, high = column.range
    if (low is not None and value < low) or (high is not None and value > high):
        raise _Quarantined(f"{column.field}_out_of_range")
    return value


def _kept(cell: Cell) -> Cell:
    if cell is None or len(cell) <= MAX_KEPT:
        return cell
    return f"{cell[:MAX_KEPT]}... ({len(cell)} characters; the raw copy has them all)"
