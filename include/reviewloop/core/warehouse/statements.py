"""What Redshift is told: tables, the load of one day in one transaction, and the lake's own tables read in place."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from reviewloop.core.warehouse.quoting import Column, Name, Null, Part, filled
from reviewloop.errors import PermanentError

LOADS: Final = "loads"
"""The table that says which batch of each table and day is in the warehouse."""
STAGING: Final = Name("reviewloop_staging")
"""A temporary table: only the transaction that makes it sees it, and it ends with that."""
TYPES: Final = {"bigint": "BIGINT", "double": "DOUBLE PRECISION", "boolean": "BOOLEAN", "string": "VARCHAR(65535)"}
"""Hive type -> Redshift type. A longer text fails the load: Redshift cuts none off a Parquet file."""
_KEYS: Final = {"day": "VARCHAR(10) NOT NULL", "batch": "VARCHAR(64) NOT NULL"}
"""The lake's partition keys are columns here, and texts as there: one statement reads either."""
_LOADS: Final = {
    "table_name": "VARCHAR(127) NOT NULL",
    **_KEYS,
    "generation": "BIGINT NOT NULL",
    "num_rows": "BIGINT NOT NULL",
    "digest": "VARCHAR(64) NOT NULL",
    "loaded_at": "TIMESTAMP DEFAULT SYSDATE",
}


@dataclass(frozen=True)
class Statement:
    """One statement. ``does`` tells in an error which one failed.

    A check divides by zero where it does not hold: without a stored procedure nothing else ends a transaction. ``refuses`` says
    what that means.
    """

    does: str
    sql: str
    refuses: str = ""


@dataclass(frozen=True)
class DayBatch:
    """What is loaded: one Parquet file, ``uri``, of one day of a table.

    ``columns`` are the file's own, in its order, with their Hive types; ``generation`` numbers the lake's decisions on the day: of
    two batches the higher one counts.
    """

    table: str
    day: str
    batch: str
    generation: int
    digest: str
    num_rows: int
    uri: str
    columns: Mapping[str, str]


def tables(schema: str, columns: Mapping[str, Mapping[str, str]]) -> list[Statement]:
    """Make the schema, ``loads`` and each table of ``columns`` (table -> column -> Hive type) where they are not there."""
    made = {LOADS: _LOADS} | {table: _typed(table, found) | _KEYS for table, found in columns.items()}
    statements = [
        Statement(
            f"make the table {table}",
            filled(
                "CREATE TABLE IF NOT EXISTS {place} ({columns}) SORTKEY (day)",
                place=Name(schema, table),
                columns=[Column(*one) for one in found.items()],
            ),
        )
        for table, found in made.items()
    ]
    return [
        Statement(f"make the schema {schema}", filled("CREATE SCHEMA IF NOT EXISTS {schema}", schema=Name(schema))),
        *statements,
    ]


def new_columns(schema: str, table: str, columns: Mapping[str, str], known: Collection[str]) -> list[Statement]:
    """Add what ``columns`` (Hive types) names and the table lacks; what it has beyond them stays, and is null from now on."""
    add = "ALTER TABLE {place} ADD COLUMN {column}"
    return [
        Statement(f"add {table}.{name}", filled(add, place=Name(schema, table), column=Column(name, kind)))
        for name, kind in _typed(table, columns).items()
        if name not in known
    ]


def ask_columns(schema: str) -> str:
    """Table and column of all that is in the schema."""
    return filled("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = {schema}", schema=schema)


def ask_loads(schema: str) -> str:
    """Table, day, batch and generation of all that is loaded."""
    wanted = [Name(name) for name in ("table_name", "day", "batch", "generation")]
    return filled("SELECT {wanted} FROM {loads}", wanted=wanted, loads=Name(schema, LOADS))


def load(schema: str, copy_role: str, batch: DayBatch, columns: Mapping[str, str]) -> list[Statement]:
    """Put the batch in the place of whatever the day has in its table, whose ``columns`` have Hive types.

    To be run as one transaction: a reader sees the day as it was, or as it is then. The lock comes first of all: Redshift, like
    PostgreSQL, begins to see at the first statement that reads, so whoever waited for the lock sees what the one before has done.
    It is ``loads`` that is locked, so that nobody who reads the reviews waits. Run again it leaves the same rows. Where ``loads``
    has a higher generation for the day, and where COPY reads another number of rows than the batch has, it ends with nothing done.
    """
    loads, table = Name(schema, LOADS), Name(schema, batch.table)
    this_day: dict[str, Part] = {"loads": loads, "name": batch.table, "day": batch.day}
    # By name: a file from before a column was added lacks it. What the table lacks was taken out of the contract since.
    typed = _typed(batch.table, columns)
    taken = [Name(name) if name in batch.columns else Null(kind) for name, kind in typed.items()]
    noted: dict[str, str | int] = {
        "table_name": batch.table,
        "day": batch.day,
        "batch": batch.batch,
        "generation": batch.generation,
        "num_rows": batch.num_rows,
        "digest": batch.digest,
    }
    return [
        Statement("wait for other loads", filled("LOCK TABLE {loads}", loads=loads)),
        Statement(
            "see that nothing newer is loaded",
            filled(
                "SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END FROM {loads} "
                'WHERE "table_name" = {name} AND "day" = {day} AND "generation" > {generation}',
                generation=batch.generation,
                **this_day,
            ),
            refuses="a newer batch of the day is loaded",
        ),
        Statement(
            "make the staging table",
            filled(
                "CREATE TEMP TABLE {staging} ({columns})",
                staging=STAGING,
                columns=[Column(*one) for one in _typed(batch.table, batch.columns).items()],
            ),
        ),
        Statement(
            f"copy {batch.uri}",
            filled("COPY {staging} FROM {uri} IAM_ROLE {role} FORMAT AS PARQUET", staging=STAGING, uri=batch.uri, role=copy_role),
        ),
        Statement(
            "count the rows",
            filled("SELECT 1 / CASE WHEN COUNT(*) = {rows} THEN 1 ELSE 0 END FROM {staging}", rows=batch.num_rows, staging=STAGING),
            refuses=f"COPY read another number of rows than the {batch.num_rows} that the batch has",
        ),
        Statement("take the day's rows out", filled('DELETE FROM {table} WHERE "day" = {day}', table=table, day=batch.day)),
        Statement(
            "put the batch's rows in",
            filled(
                "INSERT INTO {table} ({names}) SELECT {values} FROM {staging}",
                table=table,
                names=[Name(name) for name in (*columns, *_KEYS)],
                values=[*taken, batch.day, batch.batch],
                staging=STAGING,
            ),
        ),
        Statement(
            "take out what was noted of the day",
            filled('DELETE FROM {loads} WHERE "table_name" = {name} AND "day" = {day}', **this_day),
        ),
        Statement(
            "note what is loaded",
            filled(
                "INSERT INTO {loads} ({names}) VALUES ({values})",
                loads=loads,
                names=[Name(name) for name in noted],
                values=list(noted.values()),
            ),
        ),
        Statement("let the staging table go", filled("DROP TABLE {staging}", staging=STAGING)),
    ]


def external_schema(schema: str, database: str, role: str) -> Statement:
    """Let the tables of the Glue database be read in place, under this schema's name.

    No row is copied, and of each day Glue lists the batch that counts alone.
    """
    sql = filled(
        "CREATE EXTERNAL SCHEMA IF NOT EXISTS {schema} FROM DATA CATALOG DATABASE {database} IAM_ROLE {role}",
        schema=Name(schema),
        database=database,
        role=role,
    )
    return Statement(f"make the external schema {schema}", sql)


def _typed(table: str, columns: Mapping[str, str]) -> dict[str, str]:
    for column, kind in columns.items():
        if kind not in TYPES:
            raise PermanentError(f"warehouse: {table}.{column} is of type {kind!r}; known: {', '.join(TYPES)}")
    return {column: TYPES[kind] for column, kind in columns.items()}
