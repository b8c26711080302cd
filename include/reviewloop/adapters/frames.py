"""pandas frames as Parquet bytes: the same frame gives the same bytes."""

import io

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
