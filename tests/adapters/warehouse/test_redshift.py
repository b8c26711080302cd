"""The Data API: what is asked of it, and what is made of each of its answers."""

import threading
import time
from typing import Any

import pytest
from tests.helpers.fake_redshift import WAREHOUSE, FakeRedshift

from reviewloop.adapters.warehouse import redshift
from reviewloop.config import WarehouseConfig
from reviewloop.core.warehouse.statements import Statement
from reviewloop.errors import PermanentError, TransientError, Unavailable

pytestmark = pytest.mark.contract

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:warehouse-AbCdEf"


def said(*sqls: str, refuses: str = "") -> list[Statement]:
    return [Statement(f"do {sql.split()[0].lower()}", sql, refuses) for sql in sqls]


def changed(**values: Any) -> WarehouseConfig:
    return WarehouseConfig.model_validate(WAREHOUSE.model_dump() | values)


@pytest.fixture
def shop(fake_redshift: FakeRedshift) -> FakeRedshift:
    """With a table of one row."""
    redshift.transact(WAREHOUSE, "set up", said("CREATE TABLE t (a BIGINT, b VARCHAR(9))", "INSERT INTO t VALUES (1, 'old')"))
    fake_redshift.requests.clear()
    return fake_redshift


@pytest.mark.parametrize(
    ("warehouse", "place"),
    [
        (WAREHOUSE, {"Database": "dev", "WorkgroupName": "shop"}),
        (changed(secret_arn=SECRET), {"Database": "dev", "WorkgroupName": "shop", "SecretArn": SECRET}),
        (changed(workgroup=None, cluster="shop-1"), {"Database": "dev", "ClusterIdentifier": "shop-1"}),
    ],
)
def test_it_is_asked_where_and_as_whom_the_configuration_says(
    shop: FakeRedshift, warehouse: WarehouseConfig, place: dict[str, str]
) -> None:
    redshift.transact(warehouse, "look", said("SELECT 1", "SELECT 2"))
    redshift.alone(warehouse, "look", said("SELECT 1")[0])
    redshift.ask(warehouse, "look", "SELECT 1")
    begun = [body for operation, body in shop.requests if operation.endswith("ExecuteStatement")]
    assert [{key: value for key, value in body.items() if key not in {"Sql", "Sqls", "ClientToken"}} for body in begun] == [
        place
    ] * 3
    assert [body.get("Sqls") or body["Sql"] for body in begun] == [["SELECT 1", "SELECT 2"], "SELECT 1", "SELECT 1"]


def test_rows_come_from_every_page_and_a_null_is_none(shop: FakeRedshift) -> None:
    more = ", ".join(f"({number}, NULL)" for number in range(2, 6))
    redshift.transact(WAREHOUSE, "fill", said(f"INSERT INTO t VALUES {more}"))
    assert sorted(redshift.ask(WAREHOUSE, "look", "SELECT a, b FROM t")) == [
        (1, "old"),
        *((number, None) for number in range(2, 6)),
    ]
    assert redshift.ask(WAREHOUSE, "look", "SELECT a FROM t WHERE a = 99") == []


def test_a_request_that_is_sent_again_starts_nothing_twice(shop: FakeRedshift) -> None:
    shop.troubles = [(500, "InternalServerException")]
    redshift.transact(WAREHOUSE, "add", said("INSERT INTO t VALUES (2, 'new')"))
    tokens = [body["ClientToken"] for operation, body in shop.requests if operation == "BatchExecuteStatement"]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1
    assert len(shop.rows("SELECT * FROM t")) == 2
    redshift.transact(WAREHOUSE, "add", said("INSERT INTO t VALUES (2, 'new')"))
    assert len(shop.rows("SELECT * FROM t")) == 3, "asked a second time it is another transaction: a failed one is not given back"


def test_what_fails_is_named_and_all_of_it_undone(shop: FakeRedshift) -> None:
    with pytest.raises(PermanentError, match='^load: do insert: ERROR: relation "nowhere" does not exist') as error:
        redshift.transact(WAREHOUSE, "load", said("DELETE FROM t", "INSERT INTO nowhere VALUES (1)", "SELECT 1"))
    assert "\n" not in str(error.value)
    assert shop.rows("SELECT a, b FROM t") == [(1, "old")]


def test_a_check_that_does_not_hold_says_what_it_means(shop: FakeRedshift) -> None:
    check = said("SELECT 1 / CASE WHEN COUNT(*) = 7 THEN 1 ELSE 0 END FROM t", refuses="there are not 7")
    with pytest.raises(redshift.CheckFailed, match="^load: there are not 7; nothing was changed$") as error:
        redshift.transact(WAREHOUSE, "load", [*said("DELETE FROM t"), *check])
    assert error.value.statement == check[0]
    assert shop.rows("SELECT a FROM t") == [(1,)]


@pytest.mark.parametrize("words", ["ERROR: Divide by zero", "ERROR: division by zero"])
def test_both_engines_words_for_it_are_known(words: str) -> None:
    (check,) = said("SELECT 1", refuses="no")
    assert isinstance(redshift._failure("load", {"Error": words}, [check]), redshift.CheckFailed)
    plain = redshift._failure("load", {"Error": words}, said("SELECT 1"))
    assert type(plain) is PermanentError, "of another statement it is its own fault"
    other = redshift._failure("load", {"Error": "ERROR: permission denied for relation loads"}, [check])
    assert type(other) is PermanentError, "a check that could not be made does not say no"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("ERROR: 1023 DETAIL: Serializable isolation violation on table - 100, transactions forming the cycle", TransientError),
        ("ERROR: deadlock detected", TransientError),
        ('ERROR: Relation "reviews" already exists', TransientError),
        ("ERROR: S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown", TransientError),
        ("ERROR: S3ServiceException:Access Denied,Status 403,Error AccessDenied", PermanentError),
        ("ERROR: syntax error at or near", PermanentError),
        ("", PermanentError),
    ],
)
def test_what_a_later_try_may_find_mended_is_tried_again(words: str, kind: type[Exception]) -> None:
    found = redshift._failure("load", {"SubStatements": [{"Status": "FAILED", "Error": words}]}, said("SELECT 1"))
    assert type(found) is kind
    assert (words or "no reason given") in str(found)


@pytest.mark.parametrize("code", ["ActiveStatementsExceededException", "ActiveSessionsExceededException", "ThrottlingException"])
def test_too_much_at_once_is_waited_out(shop: FakeRedshift, code: str) -> None:
    shop.troubles = [(400, code)] * 9  # more than botocore tries again by itself
    with pytest.raises(Unavailable, match=f"^load: {code}"):
        redshift.transact(WAREHOUSE, "load", said("SELECT 1"))


def test_a_wrong_name_of_the_place_fails_at_once(shop: FakeRedshift) -> None:
    shop.troubles = [(400, "ValidationException")]
    with pytest.raises(PermanentError, match="^load: ValidationException"):
        redshift.transact(WAREHOUSE, "load", said("SELECT 1"))


def test_what_takes_too_long_is_cancelled_and_undone(shop: FakeRedshift) -> None:
    short = changed(timeout_seconds=0.3)
    started = time.monotonic()
    with pytest.raises(TransientError, match=r"^load: still STARTED after 0\.3 s; cancelled$"):
        redshift.transact(short, "load", said("DELETE FROM t", "SELECT pg_sleep(30)"))
    (one,) = [found for found in shop.executions.values() if "DELETE FROM t" in found.sqls]
    while one.status == "STARTED":
        time.sleep(0.02)
    assert time.monotonic() - started < 20
    assert shop.rows("SELECT a FROM t") == [(1,)]


def test_one_that_ended_while_it_was_cancelled_is_no_other_error(shop: FakeRedshift, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    shop.before = lambda _: go.wait(10) and None
    real = redshift.client().describe_statement

    def looked_at(**asked: Any) -> Any:
        found = real(**asked)
        shop.troubles = [(400, "ValidationException")]  # what the cancellation gets
        return found

    monkeypatch.setattr(redshift.client(), "describe_statement", looked_at)
    with pytest.raises(TransientError, match="cancelled$"):
        redshift.transact(changed(timeout_seconds=0.000001), "load", said("SELECT 1", "SELECT 2"))
    go.set()


def test_one_that_a_person_cancelled_is_tried_again(shop: FakeRedshift) -> None:
    def cancelled(sql: str) -> None:
        next(one for one in shop.executions.values() if sql in one.sqls).status = "ABORTED"
        time.sleep(1)

    shop.before = cancelled
    with pytest.raises(TransientError, match="^load: cancelled in Redshift: no reason given$"):
        redshift.transact(WAREHOUSE, "load", said("SELECT 3", "SELECT 4"))
