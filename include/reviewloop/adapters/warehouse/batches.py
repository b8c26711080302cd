"""What the lake has to load, and what the warehouse holds of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.catalog import days
from reviewloop.adapters.catalog.curated import FILE
from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.lake.scratch import scratch
from reviewloop.adapters.warehouse import redshift
from reviewloop.config import WarehouseConfig
from reviewloop.core.warehouse import statements
from reviewloop.core.warehouse.statements import DayBatch
from reviewloop.errors import PermanentError

TABLES: Final = {"reviews": (days.reviews_table, places.curated, FILE),
                 "predictions": (days.predictions_table, places.predictions, "predictions.parquet")}  # fmt: skip
"""Table -> what it is in the lake, where its days lie, and the file of a batch that holds its rows."""


@dataclass(frozen=True)
class Loaded:
    """What the warehouse says of a day of a table."""

    batch: str
    generation: int


def loaded(warehouse: WarehouseConfig) -> dict[tuple[str, str], Loaded]:
    """(table, day) -> what is loaded of it. Raises like ``redshift.ask``, also where ``prepare_warehouse`` never ran."""
    rows = redshift.ask(warehouse, "look up what is loaded", statements.ask_loads(warehouse.schema_name))
    return {(table, day): Loaded(batch, int(generation)) for table, day, batch, generation in rows}


def columns_of(table: str) -> Mapping[str, str]:
    """The table's columns with their Hive types, as Glue has them."""
    return TABLES[table][0]().columns


def counting_batch(table: str, day: str) -> DayBatch:
    """The batch that counts for the day in the lake, as it is now: its file, whose every byte is held to the manifest.

    Raises ``PermanentError`` where nothing counts for the day, or the file is not what its manifest says.
    """
    seen = days.standing(table, day)
    if seen.batch is None:
        raise PermanentError(f"day: {day!r} has no batch in {table}; `python -m reviewloop query` tells which days there are")
    _, place, file = TABLES[table]
    artifact = artifacts.open_artifact(f"{place(day)}/batch={seen.batch}")
    with scratch("warehouse") as folder:
        columns, num_rows = _read_footer(artifact.fetch(file, folder), f"{artifact.uri}/{file}")
    # The very file, by its whole name: beside it lie a manifest and a model's embeddings, which COPY would read as rows.
    return DayBatch(table, day, seen.batch, seen.generation, artifact.digest, num_rows, f"{artifact.uri}/{file}", columns)


def _read_footer(path: Path, uri: str) -> tuple[dict[str, str], int]:
    """Columns in the file's order with their Hive types, and the number of rows: COPY goes by order, and reads no name."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return {field.name: _hive_type(field.type, f"{uri}: {field.name}") for field in file.schema_arrow}, file.metadata.num_rows


def _hive_type(kind: Any, what: str) -> str:
    import pyarrow as pa

    known = {
        pa.int64(): "bigint",
        pa.float64(): "double",
        pa.bool_(): "boolean",
        pa.string(): "string",
        pa.large_string(): "string",
    }
    if kind not in known:
        raise PermanentError(f"{what} is of type {kind} in the file; known: {', '.join(map(str, known))}")
    return known[kind]
