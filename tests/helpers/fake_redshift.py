"""Redshift's Data API at the edge of boto3, with a PostgreSQL of the tests' own behind it.

Requests go through botocore as to AWS, tokens and retries included. Statements run as they are written, in a thread each; only what
PostgreSQL has no words for is put in its words: COPY from S3, SORTKEY, SYSDATE, and an external schema, which is only noted.
Transactions are serialisable, as Redshift's are.
"""

import io
import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import psycopg2
import pytest
import sqlglot
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config as BotoConfig
from psycopg2.extras import execute_values
from tests.conftest import free_port
from tests.helpers.private_postgres import PrivatePostgres

from reviewloop.adapters.lake import frames, s3
from reviewloop.adapters.warehouse import redshift
from reviewloop.config import WarehouseConfig

ROLE = "arn:aws:iam::123456789012:role/warehouse"
WAREHOUSE = WarehouseConfig.model_validate(
    {"kind": "redshift", "workgroup": "shop", "database": "dev", "schema_name": "reviewloop", "copy_role": ROLE,
     "spectrum_schema": "lake", "timeout_seconds": 60}
)  # fmt: skip
_PAGE = 2


@dataclass
class Execution:
    """What was started, and how far it is."""

    sqls: list[str]
    status: str = "SUBMITTED"
    error: str = ""
    failed_at: int | None = None
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    connection: Any = None


@dataclass
class FakeRedshift:
    """``requests`` are those that came in, by operation and body. ``before`` is called with each statement right before it runs,
    and may raise; ``troubles`` are statuses and codes that the next requests get instead of an answer."""

    dsn: str
    executions: dict[str, Execution] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    troubles: list[tuple[int, str]] = field(default_factory=list)
    external: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a reader sees now."""
        with psycopg2.connect(self.dsn) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def answer(self, request: AWSRequest, **_: Any) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        body = json.loads(request.body or b"{}")
        self.requests.append((operation, body))
        if self.troubles:
            status, code = self.troubles.pop(0)
            return _response(request.url, status, {"__type": code, "message": code})
        return _response(request.url, 200, getattr(self, f"_{operation}")(body))

    def _BatchExecuteStatement(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 (AWS's own names)
        return self._start(body, body["Sqls"])

    def _ExecuteStatement(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self._start(body, [body["Sql"]])

    def _start(self, body: dict[str, Any], sqls: list[str]) -> dict[str, Any]:
        known = self.tokens.setdefault(body["ClientToken"], str(uuid4()))
        if known not in self.executions:
            self.executions[known] = Execution(sqls)
            threading.Thread(target=self._run, args=(self.executions[known],), daemon=True).start()
        return {"Id": known}

    def _DescribeStatement(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        one = self.executions[body["Id"]]
        status, at = one.status, one.failed_at
        told = {"Id": body["Id"], "Status": status} | ({"Error": one.error} if one.error else {})
        if len(one.sqls) > 1 and at is not None:
            told["SubStatements"] = [
                {
                    "Id": f"{body['Id']}:{number + 1}",
                    "Status": "FINISHED" if number < at else "FAILED" if number == at else "ABORTED",
                }
                | ({"Error": one.error} if number == at else {})
                for number in range(len(one.sqls))
            ]
        return told

    def _GetStatementResult(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        rows, start = self.executions[body["Id"]].rows, int(body.get("NextToken", 0))
        page = [[_field(value) for value in row] for row in rows[start : start + _PAGE]]
        return {"Records": page} | ({"NextToken": str(start + _PAGE)} if start + _PAGE < len(rows) else {})

    def _CancelStatement(self, body: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.executions[body["Id"]].connection.cancel()
        return {"Status": True}

    def _run(self, one: Execution) -> None:
        one.connection = psycopg2.connect(self.dsn)
        one.connection.set_session(isolation_level="SERIALIZABLE")
        one.status = "STARTED"
        at = 0
        try:
            with one.connection, one.connection.cursor() as cursor:
                for at, sql in enumerate(one.sqls):  # noqa: B007 (where it ended is told)
                    self.before(sql)
                    self._execute(cursor, sql)
                    if cursor.description:
                        one.rows = cursor.fetchall()
        except Exception as error:
            one.error, one.failed_at, one.status = f"ERROR: {error}", at, "FAILED"
        else:
            one.status = "FINISHED"
        finally:
            one.connection.close()

    def _execute(self, cursor: Any, sql: str) -> None:
        if sql.startswith("CREATE EXTERNAL SCHEMA"):
            self.external.append(sql)
        elif sql.startswith("COPY"):
            tree = sqlglot.parse_one(sql, read="redshift")
            assert f"IAM_ROLE '{ROLE}'" in sql
            _copy(cursor, tree.this.name, tree.args["files"][0].this)
        elif sql.startswith("CREATE TABLE IF NOT EXISTS"):
            tree = sqlglot.parse_one(sql, read="redshift")
            tree.args["properties"].pop()  # SORTKEY
            cursor.execute(tree.sql("postgres"))
        else:
            cursor.execute(sql)


def _copy(cursor: Any, table: str, uri: str) -> None:
    """As COPY does: every object whose key begins so, column by column in the file's order."""
    cursor.execute(f'SELECT * FROM "{table}" LIMIT 0')
    wanted = len(cursor.description)
    for one in s3.list_uris(uri):
        found = frames.from_parquet(s3.read_bytes(one)).astype(object)
        if len(found.columns) != wanted:
            raise ValueError(f"Spectrum Scan Error: {len(found.columns)} columns in {one}, {wanted} in the table")
        rows = found.where(found.notna(), None).itertuples(index=False, name=None)
        execute_values(cursor, f'INSERT INTO "{table}" VALUES %s', list(rows))


def _field(value: Any) -> dict[str, Any]:
    return {"isNull": True} if value is None else {"longValue": value} if isinstance(value, int) else {"stringValue": value}


class _Raw(io.BytesIO):
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


def _response(url: str, status: int, body: dict[str, Any]) -> AWSResponse:
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    return AWSResponse(url, status, headers, _Raw(json.dumps(body).encode()))


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PrivatePostgres]:
    folder = Path(tempfile.mkdtemp(prefix="reviewloop-warehouse-"))  # pytest's own are closed to the user postgres
    cluster = PrivatePostgres.made(folder, free_port())
    yield cluster
    cluster.kill()
    shutil.rmtree(folder)


@pytest.fixture
def fake_redshift(postgres_cluster: PrivatePostgres, monkeypatch: pytest.MonkeyPatch) -> FakeRedshift:
    """A warehouse that is empty, behind the adapter's client."""
    made = FakeRedshift(
        f"host=127.0.0.1 port={postgres_cluster.port} user=postgres dbname=postgres options='-c synchronous_commit=off'"
    )
    with psycopg2.connect(made.dsn) as connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS reviewloop CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.close()
    config = BotoConfig(retries={"max_attempts": 3, "mode": "standard"})
    client = boto3.client("redshift-data", region_name="us-east-1", config=config)
    client.meta.events.register("before-send.redshift-data.*", made.answer)
    monkeypatch.setattr(redshift, "client", lambda: client)
    monkeypatch.setattr(redshift, "_POLL_SECONDS", (0.02, 0.1))
    return made
