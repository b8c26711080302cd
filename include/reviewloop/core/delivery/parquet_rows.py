"""Parquet as rows of cells, a few thousand at a time."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from reviewloop.core.delivery.rows import Row, Table, cell_of, refuse, some_rows, sound_header

_BATCH_ROWS: Final = 2000


def read_parquet(name: str, stream: BinaryIO) -> Table:
    """The table in ``stream``, with the row count and the types that its footer declares.

    Page checksums are verified where the producer wrote them; without them, and without compression, a changed byte
    inside a value cannot be seen by anyone: let the producer declare the object's ``sha256``.
    """
    import pyarrow.parquet as pq

    stream.seek(0)
    with WholeParquet(name):
        file = pq.ParquetFile(stream, page_checksum_verification=True)
        schema, num_rows = file.schema_arrow, file.metadata.num_rows
    header = sound_header(name, schema.names)
    types = {cell: _kind(kind) for cell, kind in zip(header, schema.types, strict=True)}
    return Table(header, some_rows(name, _rows(name, file)), num_rows, types)


def _rows(name: str, file: Any) -> Iterator[Row]:
    number = 0
    with WholeParquet(name):
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            columns = [column.to_pylist() for column in batch.columns]
            for record in zip(*columns, strict=True):
                number += 1
                yield Row(number, [cell_of(value) for value in record])


class WholeParquet:
    """Refuses the file on any error of the Parquet reader."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        import pyarrow as pa

        if isinstance(error, pa.ArrowException | OSError | ValueError | OverflowError | MemoryError):
            refuse(self._name, f"not a whole Parquet file: {(str(error) or type(error).__name__).splitlines()[0]}")


def _kind(arrow_type: Any) -> str:
    """The contract's word for the type, or Arrow's own. A float passes as an integer: pandas writes a gap so."""
    from pyarrow import types

    if types.is_dictionary(arrow_type):
        arrow_type = arrow_type.value_type
    if types.is_null(arrow_type):
        return "any"
    if types.is_integer(arrow_type) or types.is_floating(arrow_type) or types.is_decimal(arrow_type):
        return "integer"
    return "string" if types.is_string(arrow_type) or types.is_large_string(arrow_type) else str(arrow_type)
