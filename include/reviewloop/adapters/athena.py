"""Athena: run one statement of ``include/sql`` and read its result.

Parameters are bound in the statement's syntax tree, never formatted into its text: a value can only ever be a literal.
"""

import io
import logging
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3
import pandas as pd
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from reviewloop.adapters import s3
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
_THROTTLES = {"TooManyRequestsException", "InternalServerException"}
_INTEGERS = {"tinyint", "smallint", "integer", "int", "bigint"}
_FLOATS = {"float", "real", "double", "decimal"}

Value = str | int | float
Parameter = Value | Sequence[Value]


@lru_cache(maxsize=1)
def client() -> "AthenaClient":
    """The process's Athena client, from the standard AWS environment."""
    return boto3.client("athena", config=BotoConfig(retries={"max_attempts": 5, "mode": "standard"}))


def query(name: str, **params: Parameter) -> pd.DataFrame:
    """The result of ``include/sql/<name>.sql`` with its ``:named`` parameters; a list fills ``IN (:name)``.

    Integers are ``int64`` (``Int64`` where a value is missing), floats ``float64``, booleans ``boolean``, all else ``string``.
    An empty string and NULL are the same in Athena's result files: both are missing here. Raises ``PermanentError`` with
    Athena's reason for bad SQL, ``TransientError`` for a throttle or a query that does not end in 10 minutes.
    """
    path = SQL_DIR / f"{name}.sql"
    if not path.is_file():
        raise PermanentError(
            f"query {name!r}: no file {path.name}; known: {', '.join(sorted(p.stem for p in SQL_DIR.glob('*.sql')))}"
        )
    statement = bind(name, path.read_text(encoding="utf-8"), params)
    try:
        _ensure_workgroup(settings().workgroup)
        started = client().start_query_execution(
            QueryString=statement,
            QueryExecutionContext={"Database": settings().database},
            WorkGroup=settings().workgroup,
            ResultConfiguration={"OutputLocation": _output_uri()},
        )
        execution = _wait(name, started["QueryExecutionId"])
        page = client().get_query_results(QueryExecutionId=started["QueryExecutionId"], MaxResults=1)
    except (ClientError, BotoCoreError) as error:
        raise _athena_error(error, f"query {name}") from error
    types = {column["Name"]: column["Type"] for column in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]}
    frame = _read_result(name, execution, types)
    log.info("Athena ran %s: %d rows, %d columns", name, *frame.shape)
    return frame


def bind(name: str, sql: str, params: Mapping[str, Parameter]) -> str:
    """The one statement in ``sql`` with every ``:named`` parameter as a literal, in Athena's dialect.

    Raises ``PermanentError`` when the names do not match those in the statement, or a list is empty.
    """
    import sqlglot
    from sqlglot import exp

    try:
        statements = sqlglot.parse(sql, read="athena")
    except sqlglot.errors.SqlglotError as error:
        raise PermanentError(f"{name}.sql: {str(error).splitlines()[0]}") from None
    if len(statements) != 1 or statements[0] is None:
        raise PermanentError(f"{name}.sql: holds {len(statements)} statements; one is allowed")
    tree = statements[0]
    holes = list(tree.find_all(exp.Placeholder))
    wrong = {hole.name for hole in holes} ^ set(params)
    if wrong:
        raise PermanentError(f"{name}.sql: parameters do not match the statement: {', '.join(sorted(wrong))} missing or unknown")
    for hole in holes:
        value = params[hole.name]
        values = [value] if isinstance(value, (str, int, float)) else list(value)
        if not values:
            raise PermanentError(f"{name}.sql: :{hole.name} is an empty list; ask only when there is something to ask for")
        literals = [exp.convert(item) for item in values]
        if isinstance(hole.parent, exp.In) and hole.arg_key == "expressions":
            others = [item for item in hole.parent.expressions if item is not hole]
            hole.parent.set("expressions", [*others, *literals])
        elif len(literals) == 1:
            hole.replace(literals[0])
        else:
            raise PermanentError(f"{name}.sql: :{hole.name} is a list of {len(values)}; only IN (:{hole.name}) takes a list")
    return str(tree.sql(dialect="athena", comments=False))


def _output_uri() -> str:
    return s3.lake_uri("athena-results", "")


@lru_cache(maxsize=8)
def _ensure_workgroup(name: str) -> None:
    try:
        client().get_work_group(WorkGroup=name)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "InvalidRequestException":
            raise
        configuration: Any = {"ResultConfiguration": {"OutputLocation": _output_uri()}, "EnforceWorkGroupConfiguration": True}
        try:
            client().create_work_group(Name=name, Configuration=configuration)
            log.info("Made the Athena workgroup %s, results under %s", name, _output_uri())
        except ClientError as refused:  # another task made it between the two calls
            if "already" not in str(refused):
                raise


def _wait(name: str, query_id: str) -> "QueryExecutionTypeDef":
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
            raise TransientError(f"query {name}: cancelled: {reason}")
        if state == "FAILED":
            kind = TransientError if status.get("AthenaError", {}).get("Retryable") else PermanentError
            raise kind(f"query {name}: {reason}")
        if time.monotonic() > deadline:
            client().stop_query_execution(QueryExecutionId=query_id)
            raise TransientError(f"query {name}: still {state} after {MAX_WAIT_SECONDS:.0f} s; stopped")
        time.sleep(pause)
        pause = min(pause * 1.5, longest)


def _read_result(name: str, execution: "QueryExecutionTypeDef", types: Mapping[str, str]) -> pd.DataFrame:
    # AWS writes <location>; ministack writes <location>/<id>.csv. Listing the prefix finds either.
    location = execution["ResultConfiguration"]["OutputLocation"]
    found = [uri for uri in s3.list_uris(location) if uri.endswith(".csv")]
    if len(found) != 1:
        raise PermanentError(f"query {name}: {len(found)} result files under {location}; expected one")
    frame = pd.read_csv(io.BytesIO(s3.read_bytes(found[0])), dtype="string", keep_default_na=False, na_values=[""])
    for column in [name for name in frame if types[str(name)].lower() == "boolean"]:
        frame[column] = frame[column].str.lower() == "true"  # AWS writes true, ministack True; missing stays missing
    return frame.astype({column: _dtype(types[column], frame[column]) for column in map(str, frame)})


def _dtype(athena_type: str, column: "pd.Series[str]") -> str:
    kind = athena_type.split("(")[0].lower()
    if kind in _INTEGERS:
        return "Int64" if column.isna().any() else "int64"
    return "float64" if kind in _FLOATS else "boolean" if kind == "boolean" else "string"


def _athena_error(error: Exception, what: str) -> TransientError | PermanentError:
    if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in _THROTTLES:
        return TransientError(f"{what}: {error}")
    return s3.aws_error(error, what)
