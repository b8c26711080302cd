"""Which reader reads a file: decided by the end of its name."""

from collections.abc import Collection
from typing import BinaryIO, Final

from reviewloop.core.delivery.delimited import read_delimited
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


def open_table(name: str, stream: BinaryIO, expected: Collection[str] = ()) -> Table:
    """The table in the file ``name``, whose unzipped bytes are ``stream`` (seekable, open while the rows are read).

    ``expected`` are header cells by which the dialect of a CSV file is told. Raises ``DataRejected`` where the file as a
    whole cannot be trusted, at once or while the rows are read.
    """
    ending = ending_of(name)
    stream.seek(0)
    head = stream.read(1024)
    if not head.removeprefix(_BOM).strip() and not stream.read(1):
        refuse_empty(name, len(head))
    if ending == ".parquet":
        return read_parquet(name, stream)
    if ending == ".jsonl":
        return read_json_lines(name, stream)
    return read_delimited(name, stream, expected, ("\t",)) if ending == ".tsv" else read_delimited(name, stream, expected)
