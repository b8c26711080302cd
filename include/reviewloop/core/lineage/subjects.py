"""What somebody wants traced, in the words in which people write it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from reviewloop.errors import PermanentError

Kind = Literal["version", "prediction", "request", "data", "person"]
KINDS: Final[tuple[Kind, ...]] = ("version", "prediction", "request", "data", "person")
_DIGEST: Final = re.compile(r"[0-9a-f]{8,64}")
HOW: Final = (
    "write a version (7), a prediction (2026-03-01/42: the day of the delivery and the review's id), a captured answer "
    "(request:ID), a digest of data (8 hex digits or more) or a person (person:NAME)"
)


@dataclass(frozen=True)
class Subject:
    """``text`` is what the kind is known by; of a prediction ``day`` and ``review_id`` as well."""

    kind: Kind
    text: str
    day: str = ""
    review_id: int = -1


def parse(written: str) -> Subject:
    """The subject: ``kind:`` in front settles what it is, else its form. Raises ``PermanentError`` that says how to write it."""
    first, colon, rest = written.strip().partition(":")
    kind = next((one for one in KINDS if colon and one == first), None)
    text = (rest if kind else written).strip()
    if not text:
        raise PermanentError(f"trace: {written!r} names nothing; {HOW}")
    kind = kind or _kind(text)
    if kind == "version" and not text.isdecimal():
        raise PermanentError(f"trace: version {text!r} is no number; {HOW}")
    if kind == "data" and not _DIGEST.fullmatch(text):
        raise PermanentError(f"trace: {text!r} is no digest: 8 to 64 hex digits, small letters; {HOW}")
    return _prediction(text) if kind == "prediction" else Subject(kind, text)


def _kind(text: str) -> Kind:
    if text.isdecimal() and len(text) < 8:
        return "version"
    if _DIGEST.fullmatch(text):
        return "data"
    return "prediction" if "/" in text else "person"


def _prediction(text: str) -> Subject:
    *dataset, day, number = text.split("/") if text.count("/") in (1, 2) else ("", "", "")
    try:
        is_day = date.fromisoformat(day).isoformat() == day
    except ValueError:
        is_day = False
    if not is_day or not number.isdecimal():
        raise PermanentError(f"trace: prediction {text!r} is not DAY/ID or DATASET/DAY/ID, such as 2026-03-01/42; {HOW}")
    return Subject("prediction", "/".join(dataset), day, int(number))
