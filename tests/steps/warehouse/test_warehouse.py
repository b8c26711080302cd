"""Days in the warehouse: loaded again they are the same, a correction takes the day's place, and nobody reads half of one.

The lake is a local S3 and Glue; the statements run in PostgreSQL (``tests/helpers/fake_redshift.py``).
"""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from tests.helpers.fake_redshift import ROLE, WAREHOUSE, FakeRedshift

from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import artifacts, frames, places, s3
from reviewloop.adapters.warehouse import batches, redshift
from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.monitoring.predictions import prediction_rows
from reviewloop.core.warehouse import statements
from reviewloop.errors import NothingToDo, PermanentError, Superseded, TransientError
from reviewloop.refs import LoadedRef, UnloadedRef
from reviewloop.settings import settings
from reviewloop.steps.warehouse import _configured
from reviewloop.steps.warehouse.find_unloaded import find_unloaded
from reviewloop.steps.warehouse.load_day import load_day
from reviewloop.steps.warehouse.prepare_warehouse import prepare_warehouse

pytestmark = pytest.mark.contract

DAY, NEXT = "2026-01-02", "2026-01-03"
Table = Literal["reviews", "predictions"]
HOSTILE = (
    "'); DROP TABLE reviewloop.reviews; --", "it's \"quoted\"", "back\\slash \\' \\\\", "$$ $1 %s %(day)s {day} :day", "",
    "tab\tand\nnew line", "naïve 我喜欢 👗 \u202e", "NULL", "\\N", "a" * 20_000,
)  # fmt: skip


@pytest.fixture
def warehouse(fake_redshift: FakeRedshift, lake: str, monkeypatch: pytest.MonkeyPatch) -> FakeRedshift:
    """Ready to be loaded."""
    config = load_config().model_copy(update={"warehouse": WAREHOUSE})
    monkeypatch.setattr(_configured, "load_config", lambda: config)
    prepare_warehouse()
    return fake_redshift


def make_reviews(texts: tuple[str, ...]) -> pd.DataFrame:
    dtypes = load_contract().dtypes()
    frame = pd.DataFrame({name: pd.Series([pd.NA] * len(texts), dtype="object") for name in dtypes})
    frame["review_id"], frame["text"] = range(len(texts)), texts
    for name in (name for name, dtype in dtypes.items() if dtype == "int64" and name != "review_id"):
        frame[name] = 3
    return frame.astype(dtypes)


def put_reviews(*texts: str, day: str = DAY) -> str:
    """The day's curated reviews have these texts from now on; returns the batch."""
    files = {"reviews.parquet": frames.to_parquet(make_reviews(texts)), "_origin.json": b"{}"}
    return publish(days.reviews_table(), day, artifacts.publish(places.curated(day), files, {}, folder="batch={digest}").uri)


def put_predictions(*texts: str, day: str = DAY, version: str = "1") -> str:
    rows = prediction_rows(make_reviews(texts), np.full((len(texts), 3), 1 / 3), version, "ab12")
    # What lies beside the rows is no row.
    files = {"predictions.parquet": frames.to_parquet(rows), "embeddings.parquet": b"no rows", "_form.json": b"{}"}
    return publish(
        days.predictions_table(), day, artifacts.publish(places.predictions(day), files, {}, folder="batch={digest}").uri
    )


def publish(table: days.DayTable, day: str, uri: str) -> str:
    batch = uri.rpartition("batch=")[2]
    days.publish(days.standing(table.name, day), table, batch, uri, "2026-01-09")
    return batch


def load(table: Table = "reviews", day: str = DAY) -> LoadedRef:
    return load_day(UnloadedRef(table=table, day=day))


def texts(warehouse: FakeRedshift, day: str = DAY) -> list[str]:
    return [row[0] for row in warehouse.rows(f"SELECT text FROM reviewloop.reviews WHERE day = '{day}' ORDER BY review_id")]


def noted(warehouse: FakeRedshift) -> list[tuple[Any, ...]]:
    told = "table_name, day, batch, generation, num_rows"
    return warehouse.rows(f"SELECT {told} FROM reviewloop.loads ORDER BY table_name, day")


def test_a_day_is_loaded_with_every_column_and_said_to_be(warehouse: FakeRedshift) -> None:
    batch = put_reviews("Lovely.", "The zip broke.")
    loaded = load()
    assert loaded.model_dump(exclude={"digest"}) == {
        "table": "reviews", "day": DAY, "batch": batch, "num_rows": 2, "generation": 1,
    }  # fmt: skip
    assert loaded.digest.startswith(batch)
    names = [*load_contract().hive_types(), "day", "batch"]
    rows = warehouse.rows(f"SELECT {', '.join(names)} FROM reviewloop.reviews ORDER BY review_id")
    assert dict(zip(names, rows[1], strict=True)) == {
        **{name: None if dtype == "string" else 3 for name, dtype in load_contract().dtypes().items()},
        "review_id": 1, "text": "The zip broke.", "day": DAY, "batch": batch,
    }  # fmt: skip
    assert noted(warehouse) == [("reviews", DAY, batch, 1, 2)]


def test_loaded_again_it_has_the_same_rows(warehouse: FakeRedshift) -> None:
    put_reviews("Lovely.", "The zip broke.")
    put_reviews("Another day.", day=NEXT)
    first, _ = load(), load(day=NEXT)
    before = warehouse.rows("SELECT * FROM reviewloop.reviews ORDER BY day, review_id"), noted(warehouse)
    assert load() == first
    assert (warehouse.rows("SELECT * FROM reviewloop.reviews ORDER BY day, review_id"), noted(warehouse)) == before


def test_a_correction_takes_the_days_place_and_no_other_days(warehouse: FakeRedshift) -> None:
    put_reviews("Lovely.", "The zip broke.")
    put_reviews("Another day.", day=NEXT)
    load()
    load(day=NEXT)
    batch = put_reviews("Lovely!")
    assert load().generation == 2
    assert (texts(warehouse), texts(warehouse, NEXT)) == (["Lovely!"], ["Another day."])
    assert noted(warehouse)[0] == ("reviews", DAY, batch, 2, 1)


def test_predictions_are_loaded_without_what_lies_beside_them(warehouse: FakeRedshift) -> None:
    batch = put_predictions("Lovely.", "The zip broke.")
    assert load("predictions").num_rows == 2
    row = "review_id, p_neutral, model_version, batch"
    assert warehouse.rows(f"SELECT {row} FROM reviewloop.predictions ORDER BY review_id") == [
        (0, 0.333333, "1", batch), (1, 0.333333, "1", batch),
    ]  # fmt: skip


def test_hostile_texts_arrive_as_they_are(warehouse: FakeRedshift) -> None:
    put_reviews(*HOSTILE)
    load()
    assert texts(warehouse) == list(HOSTILE)


def test_a_bucket_with_a_quote_in_its_name_is_a_literal_all_the_same(warehouse: FakeRedshift) -> None:
    """Nobody has one; but what comes from the environment is no part of a statement."""
    put_reviews("Lovely.")
    one = batches.counting_batch("reviews", DAY)
    copy = statements.load("reviewloop", ROLE, one.__class__(**vars(one) | {"uri": "s3://x'; DROP TABLE t; --/a"}), {})[3].sql
    assert copy.startswith("COPY \"reviewloop_staging\" FROM 's3://x''; DROP TABLE t; --/a' IAM_ROLE ")


def test_an_older_batch_changes_nothing_and_says_so(warehouse: FakeRedshift, monkeypatch: pytest.MonkeyPatch) -> None:
    put_reviews("Older.")
    older = batches.counting_batch("reviews", DAY)
    newer = put_reviews("Newer.")
    load()
    monkeypatch.setattr("reviewloop.steps.warehouse.load_day.counting_batch", lambda table, day: older)
    words = f"holds batch {newer}, decision 2 of the lake; batch {older.batch}, decision 1, changes nothing"
    with pytest.raises(Superseded, match=words):
        load()
    assert texts(warehouse) == ["Newer."]
    assert noted(warehouse) == [("reviews", DAY, newer, 2, 1)]
    copied = [one for one in warehouse.executions.values() if any(older.uri in sql for sql in one.sqls)]
    assert [one.sqls[one.failed_at or 0].startswith("SELECT 1 / CASE") for one in copied] == [True], "nothing was copied for it"


def test_whatever_fails_the_old_day_is_whole(warehouse: FakeRedshift) -> None:
    old = put_reviews("Lovely.", "The zip broke.")
    load()
    put_reviews("Lovely!")
    whole = texts(warehouse), noted(warehouse)
    assert whole == (["Lovely.", "The zip broke."], [("reviews", DAY, old, 1, 2)])
    failed = []
    for place in range(10):
        at = iter(range(99))

        def fails(sql: str, place: int = place, at: Any = at) -> None:
            if next(at) == place:
                failed.append(sql.split()[0])
                raise RuntimeError("the node was lost")

        warehouse.before = fails
        with pytest.raises(PermanentError, match=f"load reviews of {DAY}: .*: ERROR: the node was lost"):
            load()
        assert (texts(warehouse), noted(warehouse)) == whole, failed
    assert failed == ["LOCK", "SELECT", "CREATE", "COPY", "SELECT", "DELETE", "INSERT", "DELETE", "INSERT", "DROP"]
    warehouse.before = lambda _: None
    load()
    assert texts(warehouse) == ["Lovely!"]


def test_a_reader_in_the_middle_sees_the_old_day(warehouse: FakeRedshift) -> None:
    put_reviews("Lovely.", "The zip broke.")
    load()
    put_reviews("Lovely!")
    seen: list[list[str]] = []
    warehouse.before = lambda sql: seen.append(texts(warehouse))
    load()
    assert seen == [["Lovely.", "The zip broke."]] * 10
    assert texts(warehouse) == ["Lovely!"]


def test_a_file_with_other_rows_than_the_batch_has_is_not_loaded(warehouse: FakeRedshift, monkeypatch: pytest.MonkeyPatch) -> None:
    put_reviews("Lovely.", "The zip broke.")
    load()
    put_reviews("Lovely!")
    one = batches.counting_batch("reviews", DAY)
    wrong = one.__class__(**vars(one) | {"num_rows": 2})
    monkeypatch.setattr("reviewloop.steps.warehouse.load_day.counting_batch", lambda table, day: wrong)
    with pytest.raises(PermanentError, match="COPY read another number of rows than the 2 that the batch has; nothing was changed"):
        load()
    assert texts(warehouse) == ["Lovely.", "The zip broke."]


def test_a_file_that_was_changed_is_not_loaded(warehouse: FakeRedshift) -> None:
    put_reviews("Lovely.")
    one = batches.counting_batch("reviews", DAY)
    bucket, key = s3.split_uri(one.uri)
    s3.client().put_object(Bucket=bucket, Key=key, Body=frames.to_parquet(make_reviews(("Bought.",))))
    with pytest.raises(PermanentError, match="its bytes do not match the manifest"):
        load()
    assert texts(warehouse) == []


def test_two_loaders_at_once_leave_the_newer_batch_in_either_order(
    warehouse: FakeRedshift, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have begun before either has the lock: who comes second sees what the first has done, and is not refused for it."""
    put_reviews("First.")
    load()
    put_reviews("Older.", "Older too.")
    older = batches.counting_batch("reviews", DAY)
    newer = put_reviews("Newer.")
    both = {"older": older, "newer": batches.counting_batch("reviews", DAY)}
    monkeypatch.setattr(
        "reviewloop.steps.warehouse.load_day.counting_batch", lambda table, day: both[threading.current_thread().name]
    )
    outcomes = []
    for _ in range(4):
        gate = threading.Barrier(2, timeout=20)
        warehouse.before = lambda sql, gate=gate: gate.wait() and None if sql.startswith("LOCK") else None

        def one(name: str) -> str:
            threading.current_thread().name = name
            try:
                return load().batch
            except Superseded:
                return "superseded"

        with ThreadPoolExecutor(2) as pool:
            outcomes.append(tuple(pool.map(one, ["older", "newer"])))
        assert texts(warehouse) == ["Newer."]
        assert noted(warehouse) == [("reviews", DAY, newer, 3, 1)]
        assert outcomes[-1][1] == newer, "the newer batch is never refused"
    assert outcomes[1:] == [("superseded", newer)] * 3


def test_two_loaders_of_one_batch_leave_its_rows_once(warehouse: FakeRedshift) -> None:
    put_reviews("Lovely.", "The zip broke.")
    gate = threading.Barrier(2, timeout=20)
    warehouse.before = lambda sql: gate.wait() and None if sql.startswith("LOCK") else None
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: load(), range(2))
    assert first == second
    assert texts(warehouse) == ["Lovely.", "The zip broke."]
    assert len(noted(warehouse)) == 1


def test_without_the_lock_in_front_the_second_would_not_see_the_first(
    warehouse: FakeRedshift, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault that the order of the statements is for, planted: a check before the lock sees the past."""
    put_reviews("Lovely.")
    real = statements.load

    def wrong_order(*asked: Any) -> Any:
        lock, check, *others = real(*asked)
        return [check, lock, *others]

    monkeypatch.setattr(statements, "load", wrong_order)
    gate = threading.Barrier(2, timeout=20)
    warehouse.before = lambda sql: gate.wait() and None if sql.startswith("LOCK") else None

    def one(_: int) -> str:
        try:
            return load().batch
        except TransientError as error:
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(one, range(2)))
    assert re.search("could not serialize access|deadlock detected", " ".join(outcomes)), outcomes


def test_what_differs_is_found_and_what_was_loaded_is_not(warehouse: FakeRedshift) -> None:
    put_reviews("One.")
    put_reviews("Two.", day=NEXT)
    put_predictions("One.")
    both = [("reviews", NEXT), ("reviews", DAY), ("predictions", DAY)]
    assert [(one.table, one.day) for one in find_unloaded()] == both
    assert [(one.table, one.day) for one in find_unloaded(most=1)] == [("reviews", NEXT)], "the newest day first"
    for one in find_unloaded():
        load_day(one)
    with pytest.raises(NothingToDo, match="the warehouse holds every day as the lake does"):
        find_unloaded()
    assert [(one.table, one.day) for one in find_unloaded(day=DAY)] == [("reviews", DAY), ("predictions", DAY)]
    put_reviews("One, without a word of it.")  # as a correction, or an erasure, does
    assert [(one.table, one.day) for one in find_unloaded()] == [("reviews", DAY)]


def test_a_day_that_the_lake_does_not_have(warehouse: FakeRedshift) -> None:
    with pytest.raises(NothingToDo, match="day: '2020-01-01' is in no table of the lake"):
        find_unloaded(day="2020-01-01")
    with pytest.raises(PermanentError, match="day: '2020-01-01' has no batch in reviews"):
        load(day="2020-01-01")


def test_prepared_again_nothing_changes_and_a_new_column_of_the_contract_is_added(
    warehouse: FakeRedshift, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_reviews("Lovely.")
    load()
    assert prepare_warehouse() == []
    table = days.reviews_table()
    wider = days.DayTable("reviews", {**table.columns, "brand": "string"}, table.comments)
    monkeypatch.setitem(batches.TABLES, "reviews", (lambda: wider, *batches.TABLES["reviews"][1:]))
    assert prepare_warehouse() == ["reviews.brand"]
    load()
    assert warehouse.rows("SELECT text, brand FROM reviewloop.reviews") == [("Lovely.", None)], "of a file from before it is null"
    assert prepare_warehouse() == []


def test_a_table_of_somebody_else_is_named(warehouse: FakeRedshift, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redshift, "ask", lambda *_: [("reviews", "text"), ("loads", "day")])
    with pytest.raises(PermanentError, match="reviewloop.predictions is there, and who logs in may not see its columns: GRANT ALL"):
        prepare_warehouse()


def test_the_lake_can_be_read_in_place(warehouse: FakeRedshift) -> None:
    assert warehouse.external == [
        f"CREATE EXTERNAL SCHEMA IF NOT EXISTS \"lake\" FROM DATA CATALOG DATABASE '{settings().database}' IAM_ROLE '{ROLE}'"
    ]
    alone = [body["Sql"] for operation, body in warehouse.requests if operation == "ExecuteStatement"]
    assert warehouse.external[0] in alone, "in no transaction"


@pytest.mark.parametrize("step", [prepare_warehouse, find_unloaded, lambda: load()], ids=["prepare", "find", "load"])
def test_without_a_warehouse_there_is_nothing_to_do(step: Any) -> None:
    with pytest.raises(NothingToDo, match=r"warehouse is null: .*docs/warehouse\.md"):
        step()
