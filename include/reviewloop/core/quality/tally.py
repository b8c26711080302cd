"""What a day's rows answer to the questions of a suite, counted piece by piece: memory does not grow with the day.

But for what must be compared across all rows: eight bytes a row for an id, sixteen for a text that may repeat another.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.core.quality.conditions import CONDITIONS, readable
from reviewloop.core.quality.said import Said, listen, normalised
from reviewloop.errors import PermanentError

NUM_SHOWN: Final = 20
"""Failing values that are kept, those of the first rows: as many as Great Expectations shows."""
_DIGEST_BYTES: Final = 16


@dataclass(frozen=True)
class Question:
    """Something asked of all rows, under the name of Great Expectations' metric; ``options`` are what decides an answer."""

    metric: str
    columns: tuple[str, ...] = ()
    options: frozenset[tuple[str, Any]] = frozenset()


NUM_ROWS: Final = Question("table.row_count")
"""Always answered."""


def question(metric: str, columns: Iterable[str], options: Mapping[str, Any]) -> Question:
    """The question; options that say nothing (``None``, ``False``) are left out, lists are tuples."""
    said = {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
    return Question(
        metric, tuple(columns), frozenset((name, value) for name, value in said.items() if value is not None and value is not False)
    )


@dataclass
class Failures:
    """The rows on which a condition does not hold. ``num_asked``: those with a value in each of its columns."""

    num_asked: int = 0
    num_failed: int = 0
    values: tuple[Any, ...] = ()
    """Of the first ``NUM_SHOWN``; a tuple each, where there are several columns."""
    places: tuple[int, ...] = ()
    """Their rows, from 0."""

    def note(self, num_asked: int, values: Collection[Any], places: Collection[int], num_failed: int) -> None:
        """Add those of one more piece: how many failed, and the first of them."""
        self.num_asked += num_asked
        self.num_failed += num_failed
        room = NUM_SHOWN - len(self.values)
        self.values += tuple(values)[:room]
        self.places += tuple(places)[:room]


class Piece:
    """Some of the rows; a column's gaps and words are looked for once, however many questions ask for them."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._there: dict[str, npt.NDArray[np.bool_]] = {}
        self._said: dict[str, Said] = {}

    def __len__(self) -> int:
        return len(self.frame)

    def is_there(self, column: str) -> npt.NDArray[np.bool_]:
        """Of each row, whether the column has a value."""
        if column not in self._there:
            self._there[column] = self.frame[column].notna().to_numpy(bool)
        return self._there[column]

    def values(self, column: str) -> "pd.Series[Any]":
        """The values that are there."""
        is_there = self.is_there(column)
        return self.frame[column] if is_there.all() else self.frame[column][is_there]

    def said(self, column: str) -> Said:
        """What the texts that are there say."""
        if column not in self._said:
            self._said[column] = listen(self.values(column))
        return self._said[column]


class Counts(Protocol):
    """Counts towards one answer."""

    def add(self, piece: Piece, first: int, /) -> None:
        """Count the rows of ``piece``; the first of them is row number ``first`` of the day, from 0."""

    def answer(self) -> Any:
        """What all pieces say together."""


class _Failing:
    def __init__(self, asked: Question) -> None:
        self._holds, self._columns, self._options = CONDITIONS[asked.metric], list(asked.columns), dict(asked.options)
        self._wants_missing = asked.metric == "column_values.nonnull"
        self._found = Failures()

    def add(self, piece: Piece, first: int, /) -> None:
        columns = [piece.frame[name] for name in self._columns]
        is_there = np.logical_and.reduce([piece.is_there(name) for name in self._columns])
        if self._wants_missing:
            fails, num_asked = ~is_there, len(piece)
        else:
            asked = columns if is_there.all() else [column[is_there] for column in columns]
            held, num_asked = self._held(piece, asked), len(asked[0])
            fails = np.zeros(len(piece), bool)
            fails[is_there] = ~held
        at = np.flatnonzero(fails)[:NUM_SHOWN]
        shown = [[None if value is pd.NA else value for value in column.iloc[at].tolist()] for column in columns]
        self._found.note(
            num_asked, list(zip(*shown, strict=True)) if len(shown) > 1 else shown[0], (at + first).tolist(), int(fails.sum())
        )

    def _held(self, _piece: Piece, values: list["pd.Series[Any]"]) -> npt.NDArray[np.bool_]:
        return self._holds(*values, self._options)

    def answer(self) -> Failures:
        return self._found


class _Unreadable(_Failing):
    def _held(self, piece: Piece, values: list["pd.Series[Any]"]) -> npt.NDArray[np.bool_]:
        return readable(values[0], self._options, piece.said(self._columns[0]))


class _Repeated:
    """Values that stand there twice or more, each time; what is missing repeats nothing."""

    def __init__(self, asked: Question) -> None:
        (self._column,) = asked.columns
        self._pieces: list[pd.Series[Any]] = []

    def add(self, piece: Piece, first: int, /) -> None:
        places = np.flatnonzero(piece.is_there(self._column)) + first
        self._pieces.append(piece.values(self._column).set_axis(places))

    def answer(self) -> Failures:
        values = pd.concat(self._pieces) if self._pieces else pd.Series(dtype="int64")
        again = values[values.duplicated(keep=False)]
        found = Failures()
        found.note(len(values), again.iloc[:NUM_SHOWN].tolist(), again.index[:NUM_SHOWN].tolist(), len(again))
        return found


class _RepeatedTexts:
    """The share of texts that say what an earlier one says; ``None`` is no text."""

    def __init__(self, asked: Question) -> None:
        (self._column,) = asked.columns
        self._digests: list[bytes] = []

    def add(self, piece: Piece, _first: int, /) -> None:
        said = normalised(piece.said(self._column), piece.values(self._column))
        self._digests.append(b"".join([blake2b(text, digest_size=_DIGEST_BYTES).digest() for text in said]))

    def answer(self) -> float:
        halves = pd.DataFrame(np.frombuffer(b"".join(self._digests), np.uint64).reshape(-1, 2))
        return float(halves.duplicated().mean()) if len(halves) else 0.0


class _TopValue:
    """The share of the commonest value among those that are there."""

    def __init__(self, asked: Question) -> None:
        (self._column,) = asked.columns
        self._counts: Counter[Any] = Counter()

    def add(self, piece: Piece, _first: int, /) -> None:
        self._counts.update(piece.values(self._column).value_counts(sort=False).to_dict())

    def answer(self) -> float:
        return max(self._counts.values()) / self._counts.total() if self._counts else 0.0


class _Mean:
    """The mean of the numbers that are there; ``None`` where none is."""

    def __init__(self, asked: Question) -> None:
        (self._column,) = asked.columns
        self._sum, self._count = 0.0, 0

    def add(self, piece: Piece, _first: int, /) -> None:
        values = piece.values(self._column)
        self._sum += float(values.sum())
        self._count += len(values)

    def answer(self) -> float | None:
        return self._sum / self._count if self._count else None


class _NumRows:
    def __init__(self, _asked: Question) -> None:
        self._count = 0

    def add(self, piece: Piece, first: int, /) -> None:
        self._count = first + len(piece)

    def answer(self) -> int:
        return self._count


_COUNTS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(CONDITIONS, _Failing),
    "column_values.readable": _Unreadable,
    "column_values.unique": _Repeated,
    "column.repeated_text_share": _RepeatedTexts,
    "column.top_value_share": _TopValue,
    "column.mean": _Mean,
    "table.row_count": _NumRows,
}
"""How each metric is counted."""


def tally(asked: Collection[Question], pieces: Iterable[pd.DataFrame]) -> dict[Question, Any]:
    """The answer to each question: ``Failures`` of a condition, a share, a mean, a number of rows.

    ``pieces`` are the day's rows in their order, read once. Raises ``PermanentError`` where nobody says how a metric is counted.
    """
    if unknown := sorted({one.metric for one in asked} - set(_COUNTS)):
        raise PermanentError(
            f"{', '.join(unknown)}: core/quality does not say how this is counted; add it to its conditions or tally"
        )
    counts: dict[Question, Counts] = {one: _COUNTS[one.metric](one) for one in {*asked, NUM_ROWS}}
    first = 0
    for frame in pieces:
        piece = Piece(frame)
        for one in counts.values():
            one.add(piece, first)
        first += len(piece)
    return {one: found.answer() for one, found in counts.items()}
