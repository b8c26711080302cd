"""How a clean day is corrupted: small changes of a table, all the same every time, that ``mutations`` gives names to."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import pandas as pd

from reviewloop.core.delivery.history import DeliveryHistory

T = TypeVar("T")


@dataclass(frozen=True)
class Change(Generic[T]):
    """One change, of a table or a batch. ``fields`` are those that it cannot do without: not every contract has them."""

    fields: tuple[str, ...]
    apply: Callable[[T], T]


Table = Change[pd.DataFrame]


@dataclass(frozen=True)
class Batch:
    """A parsed delivery and what the lake says about it: all that the gate judges."""

    day: str
    accepted: pd.DataFrame
    quarantine: pd.DataFrame
    num_landed: int
    evidence: DeliveryHistory


def each(column: str, change: Callable[[Any], Any], one_in: int = 1) -> Table:
    """Change the cell of every ``one_in``-th row; missing cells stay missing."""

    def apply(rows: pd.DataFrame) -> pd.DataFrame:
        cells = rows[column].astype(object).tolist()
        for at in range(0, len(cells), one_in):
            cells[at] = cells[at] if pd.isna(cells[at]) else change(cells[at])
        return rows.assign(**{column: pd.Series(cells, index=rows.index).infer_objects()})

    return Change((column,), apply)


def put(column: str, *values: Any, one_in: int = 1) -> Table:
    """Overwrite the cell of every ``one_in``-th row with ``values``, dealt out in turn."""

    def apply(rows: pd.DataFrame) -> pd.DataFrame:
        cells = rows[column].astype(object).tolist()
        for turn, at in enumerate(range(0, len(cells), one_in)):
            cells[at] = values[turn % len(values)]
        return rows.assign(**{column: cells})

    return Change((column,), apply)


def swap(first: str, second: str) -> Table:
    """Two columns change places."""
    return Change((first, second), lambda rows: rows.assign(**{first: rows[second], second: rows[first]}))


def copy(source: str, target: str) -> Table:
    """One column's cells stand in another, too."""
    return Change((source, target), lambda rows: rows.assign(**{target: rows[source]}))


def shift(column: str) -> Table:
    """The column slips up by one row; its first cell becomes the last."""
    return Change((column,), lambda rows: rows.assign(**{column: [*rows[column].iloc[1:], rows[column].iloc[0]]}))


def keep(column: str, chosen: Callable[[Any], bool]) -> Table:
    """Only the rows whose cell is chosen."""
    return Change((column,), lambda rows: rows[rows[column].map(chosen)])


def retype(column: str, dtype: type) -> Table:
    """The column's values as another type."""
    return Change((column,), lambda rows: rows.astype({column: dtype}))


def whole(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Table:
    """A change that needs no field by name but those that every contract has."""
    return Change((), change)


def repeat(id_column: str, one_in: int) -> Table:
    """Every ``one_in``-th row again at the end, under a new number."""

    def apply(rows: pd.DataFrame) -> pd.DataFrame:
        again, first = rows.iloc[::one_in], int(rows[id_column].max()) + 1
        return pd.concat([rows, again.assign(**{id_column: range(first, first + len(again))})], ignore_index=True)

    return Change((id_column,), apply)


def accepted(change: Table) -> Change[Batch]:
    """A change of the rows behind the parser: a fault of our own, not of the producer."""
    return Change(change.fields, lambda batch: replace(batch, accepted=change.apply(batch.accepted)))


def lake(**facts: Any) -> Change[Batch]:
    """Other facts in the lake about the same rows."""
    return Change((), lambda batch: replace(batch, evidence=replace(batch.evidence, **facts)))


def in_base64(text: str) -> str:
    """The text as an attachment would carry it, in groups of four characters."""
    code = base64.b64encode(text.encode()).decode()
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def as_windows_1252(text: str) -> str:
    """The text with a typographic dash and an accent, written as UTF-8 and read with the table of Windows."""
    return f"{text} \u2013 tr\u00e8s joli".encode().decode("cp1252")


def with_losses(text: str) -> str:
    """The text with a mark where its decoder met a byte that it could not read."""
    return text.replace(" ", "\ufffd ", 1)


def as_numbers(text: str) -> str:
    """The characters' code points."""
    return " ".join(str(ord(char)) for char in text)


def mashed(text: str) -> str:
    """What a fist on the keyboard makes of it."""
    return " ".join("asdfjklqwer"[len(word) % 7 :] + word[::-1] for word in text.split())


def in_german(text: str) -> str:
    """As many German words as the text has, so that lengths stay what they were; each text its own order."""
    known = ("dieses", "Kleid", "ist", "sehr", "schön", "aber", "leider", "viel", "zu", "klein", "und", "der", "Stoff", "kratzt")
    return " ".join(known[(len(word) + at) % len(known)] for at, word in enumerate(text.split()))
