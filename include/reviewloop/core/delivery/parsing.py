"""A delivery's cells as typed reviews, and a quarantine for the rows that are none. No row is lost: the counts must add up."""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, Final

import numpy as np
import pandas as pd

from reviewloop.config import Column, Contract, LimitsConfig
from reviewloop.core.delivery.bounds import require_cells, require_quarantine
from reviewloop.core.delivery.columns import Types, check_header, integer
from reviewloop.core.delivery.columnwise.cells import Cells, accepted_cells, count_characters, holds_nul, read_cells
from reviewloop.core.delivery.formats import open_table
from reviewloop.core.delivery.rows import Cell, Row, Table, refuse
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
        self._whole: pd.DataFrame | None = None
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
        num_rows = len(self._accepted) + len(self._quarantined)
        if self._whole is None and (num_rows >= _CHUNK_ROWS or self._num_characters >= _CHUNK_CHARACTERS):
            self.flush()

    def takes_whole(self, num_rows: int, num_characters: int) -> bool:
        """Whether so many rows, added one by one, would leave together, and with no others."""
        is_empty = self._whole is None and not self._accepted and not self._quarantined
        return is_empty and num_rows <= _CHUNK_ROWS and num_characters < _CHUNK_CHARACTERS

    def begin_whole(self, accepted: pd.DataFrame) -> None:
        """Begin with the accepted rows of such a block; those that it sets aside are added one by one."""
        self._whole = accepted

    def flush(self) -> None:
        accepted = self._whole
        if accepted is None:
            accepted = pd.DataFrame(self._accepted, columns=list(self._dtypes)).astype(self._dtypes)
        self._write(accepted)
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
    *,
    by_columns: bool = True,
) -> Parsed:
    """Parse the file ``name`` (``stream``: its unzipped bytes, seekable), handing its rows on chunk by chunk.

    ``write`` is given frames with exactly the columns and dtypes of the contract, ``write_quarantine`` those of
    ``QUARANTINE``; each at least once. ``num_declared`` are the rows that the producer says the file holds, if he does. Without
    ``by_columns`` every row is read by itself: slower, and the same. Raises ``DataRejected("contract", ...)``, perhaps after some
    chunks, where the file as a whole is refused.
    """
    table = open_table(name, stream, limits, contract.columns)
    check_header(name, table, contract)
    chunk = _Chunk(name, limits, write, write_quarantine, contract.dtypes())
    parser = _Parser(name, table, contract, limits, chunk)
    if by_columns:
        parser.read_columnwise()
    parser.read_rows(by_columns=by_columns)
    chunk.flush()
    parser.types.check(name)
    for who, count in (("the file", table.num_declared), ("its producer", num_declared)):
        if count is not None and count != parser.num_landed:
            refuse(name, f"{who} declares {count} rows, {parser.num_landed} were read; send it again")
    extra = [cell for cell in table.header if cell not in contract.headers().values()]
    reasons = dict(sorted(parser.reasons.items()))
    return Parsed(parser.num_landed, parser.num_accepted, parser.reasons.total(), reasons, extra, table.dialect)


class _Parser:
    """Reads a table's rows into a chunk: block by block where the table has columns, and what is left row by row."""

    def __init__(self, name: str, table: Table, contract: Contract, limits: LimitsConfig, chunk: _Chunk) -> None:
        self._name, self._table, self._limits, self._chunk = name, table, limits, chunk
        self._columns, self._dtypes = contract.columns, contract.dtypes()
        self._places = [(column, table.read.index(column.column)) for column in contract.columns]
        self.types, self._seen = Types(contract.columns), set[int]()
        self.reasons: Counter[str] = Counter()
        self.num_landed = self.num_accepted = 0

    def read_rows(self, *, by_columns: bool) -> None:
        """Every row that was not read yet; ``by_columns``, those of a chunk together where nothing in it needs another order."""
        columnwise = self._table.columnwise if by_columns else None
        if columnwise is not None and columnwise.num_rows <= self.num_landed > 0:
            if columnwise.num_rows < self.num_landed and self._table.num_declared is None:
                refuse(
                    self._name, f"one reader counts {columnwise.num_rows} rows, another {self.num_landed}; neither can be trusted"
                )
            return
        rows = islice(self._table.rows, self.num_landed, None)
        for some in _chunks(rows) if by_columns else ([row] for row in rows):
            if not (by_columns and self._read_together(some)):
                for row in some:
                    self._read_row(row)

    def _read_row(self, row: Row) -> None:
        if row.fault:
            self._note(row, None, row.fault)
        else:
            kinds = {column.field: row.kinds[place] for column, place in self._places if place in row.kinds}
            self._read(Row(row.number, [row.cells[place] for _, place in self._places]), kinds)

    def _read_together(self, rows: Sequence[Row]) -> bool:
        """Read the rows as a block; ``False``, and nothing read, where one of them must be read by itself."""
        import pyarrow as pa

        texts = [place for column, place in self._places if column.type == "string"]
        if any(row.fault or not row.kinds.keys().isdisjoint(texts) for row in rows):
            return False
        if not self._read_block([pa.array([row.cells[place] for row in rows], pa.string()) for _, place in self._places]):
            return False
        if len(rows) == _CHUNK_ROWS:
            self._chunk.flush()
        return True

    def _read(self, row: Row, kinds: Mapping[str, str]) -> None:
        """One row whose cells are in the contract's order."""
        values = {column.field: _present(column, cell) for column, cell in zip(self._columns, row.cells, strict=True)}
        self.types.note(row.number, values, kinds)
        try:
            self._note(row, _review(self._columns, values, kinds, self._seen), "")
        except _Quarantined as fault:
            self._note(row, None, str(fault))

    def _note(self, row: Row, review: Mapping[str, Any] | None, reason: str) -> None:
        self.num_landed += 1
        if review is not None:
            self.num_accepted += 1
        else:
            self.reasons[reason] += 1
        self._chunk.add(row, review, reason)

    def read_columnwise(self) -> None:
        """As many rows as the table gives as columns: those of a block together where nothing in it needs another order."""
        columnwise, width = self._table.columnwise, len(self._table.header)
        if columnwise is None:
            return
        for texts in columnwise.blocks([column.column for column in self._columns], _CHUNK_ROWS):
            num_rows = len(texts[0])
            require_cells(self._name, min(self.num_landed + num_rows, self._limits.max_cells // width + 1), width, self._limits)
            if self._read_block(texts):
                if num_rows == _CHUNK_ROWS:
                    self._chunk.flush()
            else:
                for number, cells in enumerate(zip(*(text.to_pylist() for text in texts), strict=True), self.num_landed + 1):
                    self._read(Row(number, cells), {})

    def _read_block(self, texts: Sequence[Any]) -> bool:
        """Read the block as a whole; ``False``, and nothing read, where a row of it bears on others."""
        num_characters = sum(count_characters(text) for text in texts)
        if any(map(holds_nul, texts)) or not self._chunk.takes_whole(len(texts[0]), num_characters):
            return False
        full = [text.fill_null("") for text in texts]  # both are missing
        found = {column.field: read_cells(column, text, _present) for column, text in zip(self._columns, full, strict=True)}
        is_good = ~np.logical_or.reduce(
            [found[column.field].breaks | (found[column.field].is_missing & (not column.nullable)) for column in self._columns]
        )
        ids = found["review_id"].values[is_good].tolist()
        if len(set(ids)) != len(ids) or not self._seen.isdisjoint(ids):
            return False
        self._note_types(texts, found)
        self._seen.update(ids)
        accepted = {field: accepted_cells(cells, is_good, self._dtypes[field]) for field, cells in found.items()}
        self._chunk.begin_whole(pd.DataFrame(accepted))
        self.num_landed, self.num_accepted, first = self.num_landed + len(ids), self.num_accepted + len(ids), self.num_landed + 1
        for place in np.flatnonzero(~is_good).tolist():
            self._read(Row(first + place, [text[place].as_py() for text in texts]), {})
        return True

    def _note_types(self, texts: Sequence[Any], found: Mapping[str, Cells]) -> None:
        """Show the block's rows to the columns of which no value was seen yet, until there is one."""
        still = [(column, text) for column, text in zip(self._columns, texts, strict=True) if column.field in self.types.open]
        if all(found[column.field].is_missing.all() for column, _ in still):
            return
        for number, cells in enumerate(zip(*(text.to_pylist() for _, text in still), strict=True), self.num_landed + 1):
            if not self.types.open:
                return
            values = {column.field: _present(column, cell) for (column, _), cell in zip(still, cells, strict=True)}
            self.types.note(number, values, {})


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows in lists of ``_CHUNK_ROWS``; one with more characters than a chunk holds is shorter."""
    held: list[Row] = []
    num_characters = 0
    for row in rows:
        held.append(row)
        num_characters += sum(len(cell) for cell in row.cells if cell)
        if len(held) == _CHUNK_ROWS or num_characters >= _CHUNK_CHARACTERS:
            yield held
            held, num_characters = [], 0
    if held:
        yield held


def parse_whole(
    name: str, data: bytes, contract: Contract, limits: LimitsConfig, num_declared: int | None = None
) -> tuple[Parsed, pd.DataFrame, pd.DataFrame]:
    """``parse_reviews`` of a file small enough to hold: what it found, the accepted rows and the quarantined ones."""
    accepted: list[pd.DataFrame] = []
    quarantine: list[pd.DataFrame] = []
    parsed = parse_reviews(name, io.BytesIO(data), contract, limits, accepted.append, quarantine.append, num_declared)
    return parsed, pd.concat(accepted, ignore_index=True).astype(contract.dtypes()), pd.concat(quarantine, ignore_index=True)


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
