"""Amazon Redshift by its Data API: statements go in over HTTPS, run there whoever listens, and are looked at until they end."""

import contextlib
import logging
import re
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import boto3
from botocore.config import Config as BotoConfig

from reviewloop.adapters.aws_errors import asking_aws
from reviewloop.config import WarehouseConfig
from reviewloop.core.warehouse.statements import Statement
from reviewloop.errors import PermanentError, TransientError

log = logging.getLogger(__name__)

_POLL_SECONDS: Final = (0.1, 3.0)
"""First and longest pause between two looks at what is running."""
_BY_ZERO: Final = re.compile(r"divi\w+ by zero", re.IGNORECASE)
_AGAIN: Final = re.compile(
    r"serializable isolation|could not serialize|deadlock|already exists|concurrent|SlowDown|connection|timed? ?out", re.IGNORECASE
)
"""What a later try may find mended: another transaction came between, another task made the same table, S3 or a node was away."""


class CheckFailed(PermanentError):
    """A check of a transaction does not hold, so nothing of it is done. ``statement`` is that check."""

    def __init__(self, message: str, statement: Statement) -> None:
        super().__init__(message)
        self.statement = statement


@lru_cache(maxsize=1)
def client() -> Any:
    """The process's client of the Data API, from the standard AWS environment."""
    return boto3.client("redshift-data", config=BotoConfig(retries={"max_attempts": 5, "mode": "standard"}))


def transact(warehouse: WarehouseConfig, what: str, statements: Sequence[Statement]) -> None:
    """Run all statements, at most 40, as one transaction: all are done, or none is. Errors begin with ``what``.

    Raises ``CheckFailed`` where a check does not hold, ``TransientError`` where others came between or it takes longer than
    ``timeout_seconds`` (it is cancelled then), ``Unavailable`` for a throttle, ``PermanentError`` with Redshift's words for all
    else.

    One request has one token (botocore's), so that a request which is sent again starts nothing twice. A task that was killed
    leaves a transaction that ends by itself; the next one waits for its lock, and leaves the same rows.
    """
    with asking_aws(what):
        started = client().batch_execute_statement(Sqls=[one.sql for one in statements], **_place(warehouse))
    _wait(warehouse, what, started["Id"], statements)
    log.info("Redshift ran %s: %d statements", what, len(statements))


def alone(warehouse: WarehouseConfig, what: str, statement: Statement) -> None:
    """Run a statement that no transaction may hold; raises like ``transact``."""
    with asking_aws(what):
        started = client().execute_statement(Sql=statement.sql, **_place(warehouse))
    _wait(warehouse, what, started["Id"], [statement])


def ask(warehouse: WarehouseConfig, what: str, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a SELECT, in no order; a null is None. Raises like ``transact``."""
    with asking_aws(what):
        started = client().execute_statement(Sql=sql, **_place(warehouse))
    _wait(warehouse, what, started["Id"], [Statement("ask", sql)])
    with asking_aws(what):
        pages = client().get_paginator("get_statement_result").paginate(Id=started["Id"])
        return [tuple(_value(field) for field in row) for page in pages for row in page["Records"]]


def _value(field: dict[str, Any]) -> Any:
    return None if field.get("isNull") else next(iter(field.values()))


def _place(warehouse: WarehouseConfig) -> dict[str, str]:
    """Where, and as whom: the secret's user, or who we are to IAM."""
    named = {"WorkgroupName": warehouse.workgroup, "ClusterIdentifier": warehouse.cluster, "SecretArn": warehouse.secret_arn}
    return {"Database": warehouse.database} | {key: value for key, value in named.items() if value is not None}


def _wait(warehouse: WarehouseConfig, what: str, query_id: str, statements: Sequence[Statement]) -> None:
    pause, longest = _POLL_SECONDS
    deadline = time.monotonic() + warehouse.timeout_seconds
    while True:
        with asking_aws(what):
            found = client().describe_statement(Id=query_id)
        status = found["Status"]
        if status == "FINISHED":
            return
        if status == "ABORTED":
            raise TransientError(f"{what}: cancelled in Redshift: {found.get('Error') or 'no reason given'}")
        if status == "FAILED":
            raise _failure(what, found, statements)
        if time.monotonic() > deadline:
            with contextlib.suppress(PermanentError), asking_aws(what):  # it may have ended between the two calls
                client().cancel_statement(Id=query_id)
            raise TransientError(f"{what}: still {status} after {warehouse.timeout_seconds:g} s; cancelled")
        time.sleep(pause)
        pause = min(pause * 1.5, longest)


def _failure(what: str, found: dict[str, Any], statements: Sequence[Statement]) -> TransientError | PermanentError:
    """Of a batch the first statement that failed is to blame: those behind it never began."""
    ended = found.get("SubStatements") or [found]
    at = next((number for number, one in enumerate(ended) if one.get("Status") == "FAILED"), 0)
    reason = " ".join((ended[at].get("Error") or found.get("Error") or "no reason given").split())
    statement = statements[at]
    if statement.refuses and _BY_ZERO.search(reason):
        return CheckFailed(f"{what}: {statement.refuses}; nothing was changed", statement)
    kind = TransientError if _AGAIN.search(reason) else PermanentError
    return kind(f"{what}: {statement.does}: {reason}")
