"""pandas frames as Parquet bytes: the same frame gives the same bytes."""

import io
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd


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


class ParquetFile:
    """A Parquet file written frame by frame, one row group each: ``with ParquetFile(path, dtypes) as file: file.write(frame)``.

    ``dtypes`` maps every column to one of ``int64``, ``Int64``, ``Float64``, ``boolean``, ``string``. Without a frame the file has
    columns and no row; with one its bytes are those of ``to_parquet``.
    """

    def __init__(self, path: Path, dtypes: Mapping[str, str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {"int64": pa.int64(), "string": pa.string(), "Int64": pa.int64(), "Float64": pa.float64(), "boolean": pa.bool_()}
        self._schema = pa.schema([(name, kinds[dtype]) for name, dtype in dtypes.items()])
        self._writer: Any = pq.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, frame: pd.DataFrame) -> None:
        """Add the frame's rows; an empty frame adds nothing."""
        import pyarrow as pa

        if len(frame):
            self._writer.write_table(pa.Table.from_pandas(frame, schema=self._schema, preserve_index=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._writer.close()
