"""Parquet as rows of cells, a few thousand at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from reviewloop.config import Column, LimitsConfig
from reviewloop.core.delivery.bounds import MEGABYTE, require_cells, require_columns, require_ratio, require_size
from reviewloop.core.delivery.columnwise.blocks import even, longest
from reviewloop.core.delivery.columnwise.cells import count_characters
from reviewloop.core.delivery.rows import EXACT_IN_DOUBLE, Cell, Row, Table, cell_of, refuse, some_rows, sound_header

_BATCH_ROWS: Final = 2000
_MAX_BYTES: Final = 32 * 2**20
"""Of a column in a batch that is read as a whole."""
_TEXTS: Final = ("string", "large_string", "string_view", "binary", "large_binary", "binary_view")
_EXACT_BELOW: Final = {"halffloat": 2**11, "float": 2**24}
"""Arrow's small floats: below this a whole number is the one that it was made of."""


def read_parquet(name: str, stream: BinaryIO, limits: LimitsConfig, columns: Sequence[Column] = ()) -> Table:
    """The table in ``stream``, with the row count and the types that its footer declares.

    Only ``columns`` are read, where any are given: what stands in others (a date that Python cannot hold, say) is nobody's
    business. Page checksums are verified where the producer wrote them; without them, and without compression, a changed byte
    inside a value cannot be seen by anyone: let the producer declare the object's ``sha256``.
    """
    import pyarrow.parquet as pq

    num_packed = stream.seek(0, 2)
    stream.seek(0)
    with WholeParquet(name):
        file = pq.ParquetFile(stream, page_checksum_verification=True)
        schema, footer = file.schema_arrow, file.metadata
        num_unpacked = sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups))
    require_columns(name, len(schema.names), limits)
    require_cells(name, footer.num_rows, len(schema.names), limits)
    require_size(name, num_unpacked, limits)
    require_ratio(name, num_unpacked, num_packed, limits)
    header = sound_header(name, schema.names)
    types = {cell: _kind(kind) for cell, kind in zip(header, schema.types, strict=True)}
    wanted = [column.column for column in columns if column.column in header] or header
    in_file = dict(zip(header, schema.names, strict=True))
    rows = _rows(name, file, [in_file[cell] for cell in wanted])
    columnwise = _Columns(name, file, footer.num_rows, in_file, limits)
    return Table(header, wanted, some_rows(name, rows), footer.num_rows, types, columnwise=columnwise)


def _rows(name: str, file: Any, columns: Sequence[str]) -> Iterator[Row]:
    number = 0
    with WholeParquet(name):
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns):
            for cells in zip(*(_cells(name, column, batch.column(column)) for column in columns), strict=True):
                number += 1
                yield Row(number, list(cells))


@dataclass(frozen=True)
class _Columns:
    """How the same rows can be read as columns; ``in_file`` are the names in the file of the header's cells."""

    name: str
    file: Any
    num_rows: int
    in_file: Mapping[str, str]
    limits: LimitsConfig

    def blocks(self, columns: Sequence[str], max_rows: int) -> Iterator[list[Any]]:
        """Arrow arrays of ``columns``, null where a value is missing, of ``max_rows`` rows each but for the last.

        They end before a row that passes a limit, and before texts of more than ``_MAX_BYTES``.
        """
        for table in even(self._tables(columns), max_rows):
            yield [table.column(place).combine_chunks() for place in range(len(columns))]

    def _tables(self, columns: Sequence[str]) -> Iterator[Any]:
        import pyarrow as pa

        num_characters, names = 0, [self.in_file[column] for column in columns]
        with WholeParquet(self.name):
            for batch in self.file.iter_batches(batch_size=_BATCH_ROWS, columns=names):
                texts = [_texts(self.name, column, batch.column(column)) for column in names]
                if any(text is None or text.nbytes > _MAX_BYTES for text in texts):
                    return
                num_characters += sum(map(count_characters, texts))
                most = max(map(longest, texts))
                if most > self.limits.max_cell_characters or num_characters > self.limits.max_megabytes * MEGABYTE:
                    return
                yield pa.table(texts, names=[str(place) for place in range(len(texts))])


def _texts(name: str, column: str, values: Any) -> Any:
    """The values as ``_cells`` has them, as an Arrow array of strings; ``None`` where bytes among them are no text."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_string(values.type):
        try:
            values.validate(full=True)
        except pa.ArrowInvalid:
            return None
        return values
    if types.is_integer(values.type):
        return values.cast(pa.string())
    return pa.array(_cells(name, column, values), pa.string())


def _cells(name: str, column: str, values: Any) -> list[Cell]:
    exact_below = _EXACT_BELOW.get(str(values.type), EXACT_IN_DOUBLE)
    try:
        return [cell_of(value.decode() if isinstance(value, bytes) else value, exact_below) for value in values.to_pylist()]
    except UnicodeDecodeError:
        refuse(name, f"column {column!r} ({values.type}) holds bytes that are no UTF-8; write its texts as UTF-8")


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
    """The contract's word for the type, or Arrow's own. A float passes as an integer: pandas writes a gap so.

    Plain bytes pass as text where they are UTF-8: older writers (Hive, Impala, Spark) do not mark their texts as such.
    """
    from pyarrow import types

    if types.is_dictionary(arrow_type) or types.is_run_end_encoded(arrow_type):
        return _kind(arrow_type.value_type)
    if types.is_null(arrow_type):
        return "any"
    if types.is_integer(arrow_type) or types.is_floating(arrow_type) or types.is_decimal(arrow_type):
        return "integer"
    texts = (
        types.is_string,
        types.is_large_string,
        types.is_string_view,
        types.is_binary,
        types.is_large_binary,
        types.is_binary_view,
    )
    return "string" if any(is_text(arrow_type) for is_text in texts) else str(arrow_type)
