"""pandas frames as Parquet bytes: the same frame gives the same bytes."""

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd

from reviewloop.core.quality.rows import PIECE, Rows


def to_parquet(frame: pd.DataFrame) -> bytes:
    """Zstd-compressed Parquet without the index and without pandas metadata, so that Athena sees plain columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def from_parquet(data: bytes) -> pd.DataFrame:
    """The frame, text columns as pandas ``string``."""
    import pyarrow.parquet as pq

    frame: pd.DataFrame = pq.read_table(io.BytesIO(data)).to_pandas()
    for name in frame.select_dtypes("object"):
        if frame[name].map(lambda value: value is None or isinstance(value, str)).all():
            frame[name] = frame[name].astype("string")
    return frame


def parquet_rows(path: Path, columns: Sequence[str] | None = None, rows: range | None = None, *, as_strings: bool = False) -> Rows:
    """The rows of a file, which is read a piece at a time; of ``columns`` and ``rows`` (in steps of 1) alone, where some are named.
    Where there is no row, there is one piece without any: who joins what the pieces gave finds its columns.

    Integers with a gap are floats in every piece, as ``from_parquet`` reads them. Texts are objects, or with ``as_strings`` pandas
    strings that lie in Arrow's memory: what goes through all of them at once need not make an object of each.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow if columns is None else pa.schema([file.schema_arrow.field(name) for name in columns])
        whole = [field.name for field in schema if pa.types.is_integer(field.type)]
        gaps = [name for name in whole if _has_gaps(file, name)]
        ends = list(accumulate(file.metadata.row_group(place).num_rows for place in range(file.num_row_groups)))
        wanted = range(file.metadata.num_rows) if rows is None else rows
    head = schema.empty_table().to_pandas().astype(dict.fromkeys(gaps, "float64"))
    starts = [0, *ends[:-1]]
    groups = [place for place in range(len(ends)) if starts[place] < wanted.stop and wanted.start < ends[place]]

    kinds = {pa.string(): pd.StringDtype("pyarrow")} if as_strings else {}

    def pieces() -> Iterator[pd.DataFrame]:
        if not groups:
            yield head
            return
        with pq.ParquetFile(path) as file:
            reached = starts[groups[0]]
            for batch in file.iter_batches(PIECE, row_groups=groups, columns=schema.names):
                first, stop = max(wanted.start - reached, 0), min(wanted.stop - reached, len(batch))
                reached += len(batch)
                if first < stop:
                    piece = batch.slice(first, stop - first).to_pandas(types_mapper=kinds.get)
                    yield piece.astype(dict.fromkeys(gaps, "float64")) if gaps else piece

    return Rows(head, pieces)


def _has_gaps(file: Any, name: str) -> bool:
    """Whether a value is missing in a column: as the footer says it, where it does."""
    footer = file.metadata
    groups = [footer.row_group(place) for place in range(file.num_row_groups)]
    chunks = [group.column(place) for group in groups for place in range(footer.num_columns)]
    told = [chunk.statistics for chunk in chunks if chunk.path_in_schema == name]
    if all(one is not None and one.has_null_count for one in told):
        return any(one.null_count for one in told)
    return bool(file.read([name]).column(0).null_count)


def counted_rows(path: Path, columns: Sequence[str], num_rows: str) -> pd.DataFrame:
    """The distinct rows of the file in ``columns``, and in the column ``num_rows`` how often each stands there.

    Of columns with few values it is small, however large the file. Columns that it does not have are left out.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        known = [name for name in columns if name in file.schema_arrow.names]
        pieces = [file.schema_arrow.empty_table().select(known).append_column(num_rows, pa.array([], pa.int64()))]
        for batch in file.iter_batches(PIECE, columns=known):
            counted = pa.Table.from_batches([batch]).group_by(known).aggregate([([], "count_all")])
            pieces.append(counted.select([*known, "count_all"]).rename_columns([*known, num_rows]))
    found = pa.concat_tables(pieces).group_by(known).aggregate([(num_rows, "sum")])
    frame: pd.DataFrame = found.select([*known, f"{num_rows}_sum"]).rename_columns([*known, num_rows]).to_pandas()
    return frame


class ParquetFile:
    """A Parquet file written frame by frame, one row group each: ``with ParquetFile(path, dtypes) as file: file.write(frame)``.

    ``dtypes`` maps every column to one of ``int64``, ``Int64``, ``Float64``, ``boolean``, ``string``. Without a frame the file has
    columns and no row; with one its bytes are those of ``to_parquet``. A frame is compressed while the next one is made; a fault of
    its writing is raised with the next one, or with the end of the block.
    """

    def __init__(self, path: Path, dtypes: Mapping[str, str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {"int64": pa.int64(), "string": pa.string(), "Int64": pa.int64(), "Float64": pa.float64(), "boolean": pa.bool_()}
        self._schema = pa.schema([(name, kinds[dtype]) for name, dtype in dtypes.items()])
        self._writer: Any = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._pending: Future[None] | None = None

    def write(self, frame: pd.DataFrame) -> None:
        """Add the frame's rows; an empty frame adds nothing."""
        import pyarrow as pa

        if len(frame):
            table = pa.Table.from_pandas(frame, schema=self._schema, preserve_index=False)
            self._wait()
            self._pending = self._thread.submit(self._writer.write_table, table)

    def _wait(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        try:
            self._wait()
        finally:
            self._thread.shutdown()
            self._writer.close()
