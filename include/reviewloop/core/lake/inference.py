"""The columns of a file that nobody described, as Hive types, and of many such files together."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, Final, NoReturn

from reviewloop.config import LimitsConfig
from reviewloop.core.delivery.formats import ZIPPED, open_table
from reviewloop.core.delivery.json_lines import json_object
from reviewloop.core.delivery.parquet_rows import WholeParquet
from reviewloop.core.delivery.rows import Row
from reviewloop.core.delivery.text_streams import open_text
from reviewloop.core.lake.statements import NAME
from reviewloop.errors import PermanentError

FORMATS: Final = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".json": "json"}
_WIDER: Final = {frozenset({"int", "bigint"}): "bigint", frozenset({"float", "double"}): "double",
                 frozenset({"int", "double"}): "double", frozenset({"bigint", "double"}): "double"}  # fmt: skip
_WHOLE: Final = re.compile(r"[+-]?(0|[1-9]\d*)", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_CHUNK: Final = 10_000
Types = dict[str, str | None]
"""Column -> Hive type; ``None`` where no value was seen yet."""


@dataclass(frozen=True)
class FileShape:
    """One file: its path below the prefix, what was found in it, and for CSV how its cells are written."""

    path: str
    format: str
    columns: Types
    dialect: Mapping[str, str] = field(default_factory=dict)


def format_of(path: str) -> str:
    """``parquet``, ``csv`` or ``json``, by the path's ending. Raises ``PermanentError`` for any other."""
    plain = path.lower().removesuffix(ZIPPED)
    ending = plain[plain.rfind(".") :] if "." in plain else ""
    if ending not in FORMATS or (ending == ".parquet" and plain != path.lower()):
        _refuse(f"{path}: a table can be made of {', '.join(FORMATS)} ({ZIPPED} after all but .parquet), not of this")
    return FORMATS[ending]


def shape_of(path: str, stream: BinaryIO, limits: LimitsConfig) -> FileShape:
    """Read the file (``stream``: its unzipped bytes) for its columns.

    Raises ``PermanentError`` where Athena could not read it, ``DataRejected`` where the file is damaged or passes a limit.
    """
    form = format_of(path)
    if form == "parquet":
        import pyarrow.parquet as pq

        with WholeParquet(path):
            schema = pq.read_schema(stream)
        return FileShape(path, form, _named(path, ((part.name, hive_type(part.type)) for part in schema)))
    return _json_shape(path, stream) if form == "json" else _csv_shape(path, stream, limits)


def merged(shapes: Sequence[FileShape]) -> dict[str, str]:
    """One type a column over all files: the wider of two numbers, else they must agree. A column never filled is a string.

    Raises ``PermanentError`` naming column and both files where two do not go together.
    """
    first = shapes[0]
    columns: Types = {}
    seen_in: dict[str, str] = {}
    for shape in shapes:
        if shape.format != first.format:
            _refuse(f"{first.path} is {first.format}, {shape.path} is {shape.format}: a table has one format")
        if shape.format == "csv" and (list(shape.columns), shape.dialect) != (list(first.columns), first.dialect):
            _refuse(f"{first.path} and {shape.path} have other headers or delimiters: CSV columns are told by their place")
        for name, kind in shape.columns.items():
            old = columns.get(name)
            try:
                columns[name] = wider(old, kind)
            except ValueError:
                _refuse(f"column {name}: {old} in {seen_in[name]}, {kind} in {shape.path}")
            if kind and columns[name] != old:
                seen_in[name] = shape.path
    return {name: kind or "string" for name, kind in columns.items()}


def wider(one: str | None, other: str | None) -> str | None:
    """The type that holds both. Raises ``ValueError`` where none does."""
    if one == other or other is None:
        return one
    if one is None:
        return other
    if frozenset({one, other}) not in _WIDER:
        raise ValueError(f"{one} and {other}")
    return _WIDER[frozenset({one, other})]


def hive_type(arrow_type: Any) -> str | None:
    """The Hive type of an Arrow type; ``None`` for Arrow's null. Raises ``PermanentError`` for one that Athena lacks."""
    from pyarrow import types

    plain = {"bool": "boolean", "int8": "tinyint", "int16": "smallint", "int32": "int", "int64": "bigint", "uint8": "smallint",
             "uint16": "int", "uint32": "bigint", "float": "float", "double": "double", "string": "string",
             "large_string": "string", "string_view": "string", "binary": "binary", "large_binary": "binary",
             "date32[day]": "date"}  # fmt: skip
    if types.is_null(arrow_type):
        return None
    if types.is_dictionary(arrow_type):
        return hive_type(arrow_type.value_type)
    if types.is_timestamp(arrow_type):
        return "timestamp"
    if types.is_decimal(arrow_type):
        return f"decimal({arrow_type.precision},{arrow_type.scale})"
    if types.is_list(arrow_type) or types.is_large_list(arrow_type):
        return f"array<{hive_type(arrow_type.value_type) or 'string'}>"
    if types.is_struct(arrow_type):
        parts = (f"{part.name.lower()}:{hive_type(part.type) or 'string'}" for part in arrow_type)
        return f"struct<{','.join(parts)}>"
    if str(arrow_type) not in plain:
        _refuse(f"type {arrow_type}: Athena has none for it")
    return plain[str(arrow_type)]


def _json_shape(path: str, stream: BinaryIO) -> FileShape:
    import pyarrow as pa

    text, _ = open_text(path, stream, newline="\n")
    lines = (line for line in text if line.strip())
    columns: Types = {}
    number = 0
    while chunk := list(islice(lines, _CHUNK)):
        try:
            found = pa.array([json_object(line) for line in chunk]).type  # a struct of all keys
            for part in found:
                columns[part.name] = wider(columns.get(part.name), hive_type(part.type))
        except OverflowError:
            _refuse(f"{path}: rows {number + 1} to {number + len(chunk)}: a whole number beyond 64 bits; send it as text")
        except (ValueError, pa.ArrowException) as error:
            _refuse(f"{path}: rows {number + 1} to {number + len(chunk)}: {str(error).splitlines()[0]}")
        number += len(chunk)
    return FileShape(path, "json", _named(path, columns.items()))


def _csv_shape(path: str, stream: BinaryIO, limits: LimitsConfig) -> FileShape:
    table = open_table(path, stream, limits)
    kinds: list[str | None] = [None] * len(table.header)
    gaps = [False] * len(table.header)
    for row in table.rows:
        _require_readable(path, row)
        for place, cell in enumerate(row.cells):
            gaps[place] |= not cell
            if cell and kinds[place] != "string":
                kinds[place] = _wider_cell(kinds[place], cell)
    names = [re.sub(r"\W+", "_", cell.lower()).strip("_") or f"column_{place}" for place, cell in enumerate(table.header, 1)]
    # Athena's reader of quoted CSV fails on an empty cell of a number: such a column is text.
    kinds = ["string" if gap and kind else kind for kind, gap in zip(kinds, gaps, strict=True)]
    return FileShape(path, "csv", _named(path, zip(names, kinds, strict=True)), table.dialect)


def _require_readable(path: str, row: Row) -> None:
    if row.fault:
        _refuse(f"{path}: row {row.number}: {row.fault}")
    if any(cell and ("\n" in cell or "\r" in cell) for cell in row.cells):
        _refuse(f"{path}: row {row.number}: a cell has a line break, which Athena's CSV reader cannot read; send Parquet")


def _wider_cell(old: str | None, cell: str) -> str:
    try:
        return wider(old, _kind(cell)) or "string"
    except ValueError:
        return "string"


def _kind(cell: str) -> str:
    """What is written with leading zeros, or with more digits than a bigint holds, is a code and no number: it stays text."""
    if _WHOLE.fullmatch(cell):
        return "bigint" if -(2**63) <= int(cell) < 2**63 else "string"
    if _NUMBER.fullmatch(cell):
        return "double"
    return "boolean" if cell in ("true", "false") else "string"


def _named(path: str, columns: Iterable[tuple[str, str | None]]) -> Types:
    """Glue knows lower case only. Refuses a name that it could not hold, and two that become one."""
    named: Types = {}
    for name, kind in columns:
        lower = name.lower()
        if lower in named or not NAME.fullmatch(lower):
            _refuse(f"{path}: column {name!r}: {'stands there twice' if lower in named else 'is no name for a column'}")
        named[lower] = kind
    return named


def _refuse(why: str) -> NoReturn:
    raise PermanentError(f"crawl: {why}")
