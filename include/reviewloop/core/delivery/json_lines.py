"""JSON Lines as rows of cells. Read twice: first for the keys of all objects, which are the header, then for the rows."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from reviewloop.core.delivery.rows import MAX_LINE, Cell, Row, Table, cell_of, refuse, refuse_empty, sound_header
from reviewloop.core.delivery.text_streams import open_text


def read_json_lines(name: str, stream: BinaryIO) -> Table:
    """The table in ``stream``; a key that an object lacks is a missing cell."""
    keys: dict[str, None] = {}
    num_rows = 0
    for item in _objects(name, stream):
        num_rows += 1
        keys |= dict.fromkeys(item) if isinstance(item, dict) else {}
    if not num_rows:
        refuse_empty(name, stream.tell())
    return Table(sound_header(name, list(keys)), _rows(name, stream, list(keys)))


def json_object(line: str) -> dict[str, Any]:
    """The line's object. Raises ``ValueError`` on anything else, on a repeated key and on text that is not Unicode."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key stands there twice")
        return dict(pairs)

    value = json.loads(line, object_pairs_hook=unique)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
    return value


def _rows(name: str, stream: BinaryIO, keys: list[str]) -> Iterator[Row]:
    for number, item in enumerate(_objects(name, stream), 1):
        if isinstance(item, str):
            yield Row(number, [item], "malformed_json")
        else:
            cells: list[Cell] = [cell_of(item.get(key)) for key in keys]
            yield Row(number, cells)


def _objects(name: str, stream: BinaryIO) -> Iterator[dict[str, Any] | str]:
    """Each line's object, or the line itself where it is none; blank lines are left out."""
    text, _ = open_text(name, stream, newline="\n")
    number = 0
    while line := text.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            refuse(name, f"row {number + 1}: longer than {MAX_LINE} characters; is every object on a line of its own?")
        if not line.strip():
            continue
        number += 1
        try:
            item: dict[str, Any] | str = json_object(line)
        except (ValueError, RecursionError) as error:
            if not line.endswith("\n"):
                refuse(name, f"row {number} (the last) is not whole JSON ({error}); the file is cut off, send it again")
            item = line.rstrip("\n")
        yield item
