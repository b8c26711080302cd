"""Athena: run one statement of ``include/sql`` and read its result."""

import io
import logging
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
import pandas as pd
from botocore.config import Config as BotoConfig
from botocore.exceptions import ClientError

from reviewloop.adapters.aws_errors import asking_aws, error_code
from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import places, s3
from reviewloop.core.lake.listed import Listed, only_listed, tables_in
from reviewloop.core.lake.statements import Parameter, bind
from reviewloop.errors import PermanentError, TransientError
from reviewloop.settings import PROJECT_ROOT, settings

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_athena.type_defs import QueryExecutionTypeDef

log = logging.getLogger(__name__)

SQL_DIR = PROJECT_ROOT / "include" / "sql"
MAX_WAIT_SECONDS = 600.0
_POLL_SECONDS = (0.05, 3.0)
"""First and longest pause between two looks at a running query."""
_INTEGERS = {"tinyint", "smallint", "integer", "int", "bigint"}
_FLOATS = {"float", "real", "double", "decimal"}


@lru_cache(maxsize=1)
def client() -> "AthenaClient":
    """The process's Athena client, from the standard AWS environment."""
    return boto3.client("athena", config=BotoConfig(retries={"max_attempts": 5, "mode": "standard"}))


def query(name: str, **params: Parameter) -> pd.DataFrame:
    """The result of ``include/sql/<name>.sql`` with its ``:named`` parameters; a list fills ``IN (:name)``.

    Integers are ``int64`` (``Int64`` where a value is missing), floats ``float64``, booleans ``boolean``, all else ``string``.
    An empty string and NULL are the same in Athena's result files: both are missing here. Raises ``PermanentError`` with
    Athena's reason for bad SQL, ``Unavailable`` for a throttle, ``TransientError`` for a query that does not end in 10 minutes.
    """
    return run(f"query {name}", statement(name, **params))


def statement(name: str, **params: Parameter) -> str:
    """``include/sql/<name>.sql`` with its parameters bound, as text for whoever runs it."""
    path = SQL_DIR / f"{name}.sql"
    if not path.is_file():
        raise PermanentError(
            f"query {name!r}: no file {path.name}; known: {', '.join(sorted(p.stem for p in SQL_DIR.glob('*.sql')))}"
        )
    return bind(name, path.read_text(encoding="utf-8"), params)


def run(what: str, sql: str) -> pd.DataFrame:
    """The result of the statement ``sql``, held to the catalog, as ``query`` returns it; errors begin with ``what``.

    Its file is deleted once it is read: it may hold rows of the sealed part, which nobody may find there.
    """
    execution = execute(what, held_to_catalog(what, sql))
    with asking_aws(what):
        page = client().get_query_results(QueryExecutionId=execution["QueryExecutionId"], MaxResults=1)
    types = {column["Name"]: column["Type"] for column in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]}
    try:
        frame = _read_result(what, execution, types)
    finally:
        s3.remove(execution["ResultConfiguration"]["OutputLocation"])
    log.info("Athena ran %s: %d rows, %d columns", what, *frame.shape)
    return frame


def held_to_catalog(what: str, sql: str) -> str:
    """The statement, reading of each table only the partitions that Glue lists (see ``core.lake.listed``)."""
    listed = {}
    for table in tables_in(what, sql):
        with asking_aws(f"{what}: look up {table} in Glue"):
            if keys := glue.partition_keys(table):
                values = (tuple(found["Values"]) for found in glue.registered(settings().database, table))
                listed[table] = Listed(keys, tuple(sorted(values)))
    return only_listed(what, sql, listed) if listed else sql


def execute(what: str, sql: str) -> "QueryExecutionTypeDef":
    """Run the statement as it is to its end, its result unread; raises like ``query``."""
    with asking_aws(what):
        ensure_workgroup()
        started = client().start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": settings().database},
            WorkGroup=settings().workgroup,
            ResultConfiguration={"OutputLocation": output_uri()},
        )
        return _wait(what, started["QueryExecutionId"])


def ensure_workgroup() -> str:
    """The name of this deployment's workgroup, made where it is missing."""
    _ensure_workgroup(settings().workgroup)
    return settings().workgroup


def output_uri() -> str:
    """Where Athena writes results."""
    return places.athena_results()


@lru_cache(maxsize=8)
def _ensure_workgroup(name: str) -> None:
    try:
        client().get_work_group(WorkGroup=name)
    except ClientError as error:
        if error_code(error) != "InvalidRequestException":
            raise
        configuration: Any = {"ResultConfiguration": {"OutputLocation": output_uri()}, "EnforceWorkGroupConfiguration": True}
        try:
            client().create_work_group(Name=name, Configuration=configuration)
            log.info("Made the Athena workgroup %s, results under %s", name, output_uri())
        except ClientError as refused:  # another task made it between the two calls
            if "already" not in str(refused):
                raise


def _wait(what: str, query_id: str) -> "QueryExecutionTypeDef":
    pause, longest = _POLL_SECONDS
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while True:
        execution = client().get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        status = execution["Status"]
        state = status["State"]
        if state == "SUCCEEDED":
            return execution
        reason = status.get("StateChangeReason", "no reason given")
        if state == "CANCELLED":
            raise TransientError(f"{what}: cancelled: {reason}")
        if state == "FAILED":
            kind = TransientError if status.get("AthenaError", {}).get("Retryable") else PermanentError
            raise kind(f"{what}: {reason}")
        if time.monotonic() > deadline:
            client().stop_query_execution(QueryExecutionId=query_id)
            raise TransientError(f"{what}: still {state} after {MAX_WAIT_SECONDS:.0f} s; stopped")
        time.sleep(pause)
        pause = min(pause * 1.5, longest)


def _read_result(what: str, execution: "QueryExecutionTypeDef", types: Mapping[str, str]) -> pd.DataFrame:
    # AWS writes <location>; ministack writes <location>/<id>.csv. Listing the prefix finds either.
    location = execution["ResultConfiguration"]["OutputLocation"]
    found = [uri for uri in s3.list_uris(location) if uri.endswith(".csv")]
    if len(found) != 1:
        raise PermanentError(f"{what}: {len(found)} result files under {location}; expected one")
    frame = pd.read_csv(io.BytesIO(s3.read_bytes(found[0])), dtype="string", keep_default_na=False, na_values=[""])
    for column in [name for name in frame if types[str(name)].lower() == "boolean"]:
        frame[column] = frame[column].str.lower() == "true"  # AWS writes true, ministack True; missing stays missing
    return frame.astype({column: _dtype(types[column], frame[column]) for column in map(str, frame)})


def _dtype(athena_type: str, column: "pd.Series[str]") -> str:
    kind = athena_type.split("(")[0].lower()
    if kind in _INTEGERS:
        return "Int64" if column.isna().any() else "int64"
    return "float64" if kind in _FLOATS else "boolean" if kind == "boolean" else "string"
