"""How a clean day is corrupted: small changes of a table, all the same every time, that ``mutations`` gives names to."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from reviewloop.core.delivery.history import DeliveryHistory

Change = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Batch:
    """A parsed delivery and what the lake says about it: all that the gate judges."""

    day: str
    accepted: pd.DataFrame
    quarantine: pd.DataFrame
    num_landed: int
    evidence: DeliveryHistory


def each(column: str, change: Callable[[Any], Any], one_in: int = 1) -> Change:
    """Change the cell of every ``one_in``-th row; missing cells stay missing."""

    def apply(rows: pd.DataFrame) -> pd.DataFrame:
        cells = rows[column].astype(object).tolist()
        for at in range(0, len(cells), one_in):
            cells[at] = cells[at] if pd.isna(cells[at]) else change(cells[at])
        return rows.assign(**{column: pd.Series(cells, index=rows.index).infer_objects()})

    return apply


def put(column: str, *values: Any, one_in: int = 1) -> Change:
    """Overwrite the cell of every ``one_in``-th row with ``values``, dealt out in turn."""

    def apply(rows: pd.DataFrame) -> pd.DataFrame:
        cells = rows[column].astype(object).tolist()
        for turn, at in enumerate(range(0, len(cells), one_in)):
            cells[at] = values[turn % len(values)]
        return rows.assign(**{column: cells})

    return apply


def swap(first: str, second: str) -> Change:
    """Two columns change places."""
    return lambda rows: rows.assign(**{first: rows[second], second: rows[first]})


def shift(column: str) -> Change:
    """The column slips up by one row; its first cell becomes the last."""
    return lambda rows: rows.assign(**{column: [*rows[column].iloc[1:], rows[column].iloc[0]]})


def keep(chosen: Callable[[pd.DataFrame], Any]) -> Change:
    """Only the rows of a mask."""
    return lambda rows: rows[chosen(rows)]


def repeat(id_column: str, one_in: int) -> Change:
    """Every ``one_in``-th row again at the end, under a new number."""

    def apply(rows: pd.DataFrame) -> pd.DataFrame:
        again, first = rows.iloc[::one_in], int(rows[id_column].max()) + 1
        return pd.concat([rows, again.assign(**{id_column: range(first, first + len(again))})], ignore_index=True)

    return apply


def accepted(change: Change) -> Callable[[Batch], Batch]:
    """A change of the rows behind the parser: a fault of our own, not of the producer."""
    return lambda batch: replace(batch, accepted=change(batch.accepted))


def lake(**facts: Any) -> Callable[[Batch], Batch]:
    """Other facts in the lake about the same rows."""
    return lambda batch: replace(batch, evidence=replace(batch.evidence, **facts))


def in_base64(text: str) -> str:
    """The text as an attachment would carry it, in groups of four characters."""
    code = base64.b64encode(text.encode()).decode()
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


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
