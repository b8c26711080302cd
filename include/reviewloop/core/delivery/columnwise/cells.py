"""The cells of one column at once: the values that they say, which are missing, which break the contract."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.config import Column
from reviewloop.core.delivery.columns import PLAIN_DIGITS, integer
from reviewloop.core.delivery.rows import Cell

_FIRST_SEEN, _LAST_SEEN = 0x21, 0x7E
"""The ASCII characters that show something."""

Present = Callable[[Column, Cell], Cell]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Cells:
    """``values`` are int64, or an Arrow array of strings, null where missing. A cell that breaks the contract has any."""

    values: Any
    is_missing: Mask
    breaks: Mask


def read_cells(column: Column, texts: Any, present: Present) -> Cells:
    """What ``texts`` (an Arrow array of strings without nulls and without NUL characters) say in ``column``.

    Most cells are plain, and are read all at once. The others are asked for one by one: ``present`` gives a cell, or ``None``
    where it is missing.
    """
    return _integers(column, texts, present) if column.type == "integer" else _strings(column, texts, present)


def _integers(column: Column, texts: Any, present: Present) -> Cells:
    import pyarrow as pa
    import pyarrow.compute as pc

    is_plain = pc.and_(pc.ascii_is_decimal(texts), pc.less_equal(pc.binary_length(texts), PLAIN_DIGITS))
    values = pc.cast(pc.if_else(is_plain, texts, "0"), pa.int64()).to_numpy().copy()
    is_missing, breaks = np.zeros(len(texts), bool), np.zeros(len(texts), bool)
    if len(others := np.flatnonzero(~_mask(is_plain))):
        cells, of = _distinct(texts, others)
        said = [present(column, cell) for cell in cells]
        told = [None if cell is None else integer(cell) for cell in said]
        is_missing[others] = np.array([cell is None for cell in said], bool)[of]
        breaks[others] = np.array([value is None for value in told], bool)[of] & ~is_missing[others]
        values[others] = np.array([value or 0 for value in told], np.int64)[of]
    low, high = column.range
    beyond = np.zeros(len(texts), bool)
    for bound, is_beyond in ((low, np.less), (high, np.greater)):
        beyond |= False if bound is None else is_beyond(values, bound)
    return Cells(values, is_missing, breaks | (beyond & ~is_missing))


def _strings(column: Column, texts: Any, present: Present) -> Cells:
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.utf8_length(texts).to_numpy()
    is_plain = _begin_and_end_seen(texts) & (lengths > column.longest_missing)  # too long to be a word for a missing value
    is_missing, values = np.zeros(len(texts), bool), texts
    if len(others := np.flatnonzero(~is_plain)):
        cells, of = _distinct(texts, others)
        is_missing[others] = np.array([present(column, cell) is None for cell in cells], bool)[of]
    if is_missing.any():
        values = pc.if_else(pa.array(is_missing), pa.scalar(None, texts.type), texts)
    breaks = np.zeros(len(texts), bool) if column.max_length is None else (lengths > column.max_length) & ~is_missing
    return Cells(values, is_missing, breaks)


def _distinct(texts: Any, places: npt.NDArray[np.int64]) -> tuple[list[str], npt.NDArray[np.int32]]:
    """The different cells at these places, each once, and which of them stands at each place."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.dictionary_encode(texts.take(pa.array(places)))
    return found.dictionary.to_pylist(), found.indices.to_numpy()


def _begin_and_end_seen(texts: Any) -> Mask:
    """Where the first and the last byte are each an ASCII character that shows something: such a cell has no outer blanks."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    is_there = np.diff(bounds) > 0
    if data is None or not is_there.any():
        return is_there
    octets = np.frombuffer(data, np.uint8)
    first, last = octets[np.where(is_there, bounds[:-1], 0)], octets[np.where(is_there, bounds[1:] - 1, 0)]
    ends = np.stack([first, last])
    found: Mask = is_there & ((ends >= _FIRST_SEEN) & (ends <= _LAST_SEEN)).all(axis=0)
    return found


def _mask(array: Any) -> Mask:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)


def accepted_cells(cells: Cells, is_good: Mask, dtype: str) -> "pd.Series[Any]":
    """The values of the good rows. Texts stay where Arrow has them: most are written as they were read."""
    import pyarrow as pa

    if not isinstance(cells.values, pa.Array):
        return pd.Series(cells.values[is_good], dtype=dtype)
    values = cells.values if is_good.all() else cells.values.filter(pa.array(is_good))
    return pd.Series(pd.arrays.ArrowStringArray(values))


def holds_nul(texts: Any) -> bool:
    """Whether a NUL character stands in any of them."""
    _, offsets, data = texts.buffers()
    if not len(texts) or data is None:
        return False
    bounds = np.frombuffer(offsets, np.int32)
    first, behind = bounds[texts.offset], bounds[texts.offset + len(texts)]
    return not np.frombuffer(data, np.uint8)[first:behind].all()


def count_characters(texts: Any) -> int:
    """Characters of all of them together."""
    import pyarrow.compute as pc

    return int(pc.sum(pc.utf8_length(texts)).as_py() or 0)
