"""Which reader reads a file: decided by the end of its name."""

import io
from collections.abc import Sequence
from typing import BinaryIO, Final

from reviewloop.config import Column, LimitsConfig
from reviewloop.core.delivery.bounds import bounded, require_size
from reviewloop.core.delivery.delimited import DELIMITERS, read_delimited
from reviewloop.core.delivery.json_lines import read_json_lines
from reviewloop.core.delivery.parquet_rows import read_parquet
from reviewloop.core.delivery.rows import Table, refuse, refuse_empty

ENDINGS: Final = (".csv", ".tsv", ".jsonl", ".parquet")
ZIPPED: Final = ".gz"
"""May follow any of ``ENDINGS``."""
_BOM = b"\xef\xbb\xbf"


def ending_of(name: str) -> str:
    """The one of ``ENDINGS`` that ``name`` ends in, before ``.gz``. Refuses any other file."""
    plain = name.lower().removesuffix(ZIPPED)
    ending = plain[plain.rfind(".") :] if "." in plain else ""
    if ending not in ENDINGS:
        refuse(name, f"ending {ending!r} is not one of {', '.join(ENDINGS)}, or these with {ZIPPED}; send one of these formats")
    return ending


def open_table(name: str, stream: BinaryIO, limits: LimitsConfig, columns: Sequence[Column] = ()) -> Table:
    """The table in the file ``name``, whose unzipped bytes are ``stream`` (seekable, open while the rows are read).

    ``columns`` are the contract's: by them the dialect of a CSV file is told, and only they are read where the format can
    leave others out. Raises ``DataRejected`` where the file as a whole cannot be trusted or passes a limit, at once or while
    the rows are read.
    """
    ending = ending_of(name)
    require_size(name, stream.seek(0, io.SEEK_END), limits)
    stream.seek(0)
    head = stream.read(1024)
    if not head.removeprefix(_BOM).strip() and not stream.read(1):
        refuse_empty(name, len(head))
    return bounded(name, _read(name, ending, stream, limits, columns), limits)


def _read(name: str, ending: str, stream: BinaryIO, limits: LimitsConfig, columns: Sequence[Column]) -> Table:
    if ending == ".parquet":
        return read_parquet(name, stream, limits, columns)
    if ending == ".jsonl":
        return read_json_lines(name, stream, limits, columns)
    return read_delimited(name, stream, limits, columns, ("\t",) if ending == ".tsv" else DELIMITERS)
