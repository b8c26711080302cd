"""SQL with parts put in: each is quoted by what it is, so that none can be anything else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reviewloop.errors import PermanentError

_ODD: Final = re.compile(r"[\\\x00-\x1f\x7f]")
"""With a backslash in it the same literal is another text to Redshift than to PostgreSQL."""


@dataclass(frozen=True)
class Name:
    """A schema, table or column; with a second word the table in that schema."""

    first: str
    second: str = ""


@dataclass(frozen=True)
class Column:
    """A column as it is made. ``kind`` is the program's own word, never one from data."""

    name: str
    kind: str


@dataclass(frozen=True)
class Null:
    """No value, of a type of the program's own."""

    kind: str


Part = str | int | Name | Column | Null | Sequence["Name | Column | Null | str | int"]
"""A text or a number is a literal; a sequence is its parts with commas between."""


def filled(template: str, **parts: Part) -> str:
    """The statement with ``{named}`` parts in their places.

    Raises ``PermanentError`` for a name that nobody gives, and for a text with a backslash or a control character: no place, day or
    digest has one.
    """
    return template.format(**{name: _quoted(part) for name, part in parts.items()})


def _quoted(part: Part) -> str:
    match part:
        case str():
            return _literal(part)
        case int():
            return str(int(part))
        case Name(first, second):
            return f"{_name(first)}.{_name(second)}" if second else _name(first)
        case Column(name, kind):
            return f"{_name(name)} {kind}"
        case Null(kind):
            return f"CAST(NULL AS {kind})"
        case _:
            return ", ".join(map(_quoted, part))


def _name(word: str) -> str:
    if not word or '"' in word or _ODD.search(word):
        raise PermanentError(f"warehouse: {word!r} is no name of a schema, table or column")
    return f'"{word}"'


def _literal(value: str) -> str:
    if _ODD.search(value):
        raise PermanentError(
            f"warehouse: {value!r} holds a backslash or a control character: it would not be read as it is written"
        )
    return "'" + value.replace("'", "''") + "'"
