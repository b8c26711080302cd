"""JSON Lines as rows of cells. Read twice: first for the keys of all objects, which are the header, then for the rows."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final

from reviewloop.config import Column, LimitsConfig
from reviewloop.core.delivery.bounds import max_line, require_columns
from reviewloop.core.delivery.not_json_lines import rows_inside, what_else
from reviewloop.core.delivery.rows import Cell, Row, Table, cell_of, refuse, refuse_empty, sound_header
from reviewloop.core.delivery.text_streams import open_text

_HEAD: Final = 2**16
_KINDS: Final = {list: "a_list", dict: "an_object", int: "a_number", float: "a_number", bool: "a_boolean"}
"""What JSON calls a value that is neither a string nor null."""


def read_json_lines(name: str, stream: BinaryIO, limits: LimitsConfig, columns: Sequence[Column] = ()) -> Table:
    """The table in ``stream``; a key that an object lacks is a missing cell. Of each object only ``columns`` are read, if given."""
    keys: dict[str, None] = {}
    item: dict[str, Any] | str = {}
    num_rows = num_objects = 0
    for item in _objects(name, stream, limits):
        num_rows += 1
        if isinstance(item, dict):
            num_objects += 1
            keys |= dict.fromkeys(item)
            require_columns(name, len(keys), limits)
    if not num_rows:
        refuse_empty(name, stream.tell())
    if 2 * num_objects < num_rows:
        _refuse_other_json(name, _what_else(name, stream))
    names = {column.column for column in columns}
    if num_rows == 1 and isinstance(item, dict) and names and not names & _scalars(item):
        _refuse_other_json(name, rows_inside(item))
    header = sound_header(name, list(keys))
    in_file = dict(zip(header, keys, strict=True))
    wanted = [column.column for column in columns if column.column in in_file] or header
    return Table(header, wanted, _rows(name, stream, limits, [in_file[cell] for cell in wanted]))


def json_object(line: str) -> dict[str, Any]:
    """The line's object. Raises ``ValueError`` on anything else, on a repeated key and on text that is not Unicode."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key stands there twice")
        return dict(pairs)

    value = json.loads(line, object_pairs_hook=unique)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    if "\\u" in line or not line.isascii():
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
    return value


def _rows(name: str, stream: BinaryIO, limits: LimitsConfig, keys: Sequence[str]) -> Iterator[Row]:
    for number, item in enumerate(_objects(name, stream, limits), 1):
        if isinstance(item, str):
            yield Row(number, [item], "malformed_json")
        else:
            values = [item.get(key) for key in keys]
            cells: list[Cell] = [cell_of(value) for value in values]
            kinds = {i: _KINDS[type(value)] for i, value in enumerate(values) if cells[i] is not None and type(value) in _KINDS}
            yield Row(number, cells, kinds=kinds)


def _objects(name: str, stream: BinaryIO, limits: LimitsConfig) -> Iterator[dict[str, Any] | str]:
    """Each line's object, or the line itself where it is none; blank lines are left out."""
    text, _ = open_text(name, stream, newline="\n")
    number = num_objects = 0
    while line := text.readline(max_line(limits) + 1):
        if len(line) > max_line(limits):
            _refuse_other_json(name, _what_else(name, stream))
            refuse(name, f"row {number + 1}: longer than {max_line(limits)} characters; is every object on a line of its own?")
        if not line.strip():
            continue
        number += 1
        try:
            item: dict[str, Any] | str = json_object(line)
            num_objects += 1
        except (ValueError, RecursionError) as error:
            if not line.endswith("\n"):
                if 2 * num_objects < number:
                    _refuse_other_json(name, _what_else(name, stream))
                refuse(name, f"row {number} (the last) is not whole JSON ({error}); the file is cut off, send it again")
            item = line.rstrip("\n")
        yield item


def _scalars(item: dict[str, Any]) -> set[str]:
    """The keys under which one value stands, and not many."""
    return {key for key, value in item.items() if not isinstance(value, dict | list)}


def _what_else(name: str, stream: BinaryIO) -> str | None:
    text, _ = open_text(name, stream, newline="\n")
    return what_else(text.read(_HEAD))


def _refuse_other_json(name: str, what: str | None) -> None:
    """Refuse the file where it is known what it is instead of JSON Lines."""
    if what:
        refuse(name, f"{what}; write JSON Lines: each review's object whole on a line of its own, and nothing else")
