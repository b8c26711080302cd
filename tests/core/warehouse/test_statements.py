"""Every statement is one that Redshift's grammar knows, and the load does things in the one order that is safe."""

import re

import pytest
import sqlglot
from sqlglot import exp

from reviewloop.adapters.catalog import days
from reviewloop.core.warehouse import statements
from reviewloop.core.warehouse.statements import DayBatch, Statement
from reviewloop.errors import PermanentError

ROLE = "arn:aws:iam::123456789012:role/warehouse"
COLUMNS = {"review_id": "bigint", "text": "string", "p_negative": "double", "is_new": "boolean"}
BATCH = DayBatch(
    table="reviews",
    day="2026-01-02",
    batch="ab12",
    generation=3,
    digest="cd" * 32,
    num_rows=5,
    uri="s3://lake/curated/reviews/day=2026-01-02/batch=ab12/reviews.parquet",
    columns={"text": "string", "review_id": "bigint", "dropped": "string"},
)


def parsed(sql: str) -> exp.Expression:
    """sqlglot has no syntax of its own for LOCK and for external schemas, and takes them as commands."""
    found = sqlglot.parse(sql, read="redshift")
    assert len(found) == 1, sql
    assert found[0] is not None
    return found[0]


def load() -> list[Statement]:
    return statements.load("shop", ROLE, BATCH, COLUMNS)


def test_the_load_does_one_thing_after_the_other_and_locks_first() -> None:
    kinds = [type(parsed(one.sql)).__name__ for one in load()]
    assert kinds == ["Command", "Select", "Create", "Copy", "Select", "Delete", "Insert", "Delete", "Insert", "Drop"]
    assert load()[0].sql == 'LOCK TABLE "shop"."loads"', "what reads before the lock would see what was before it"
    assert [bool(one.refuses) for one in load()] == [kind == "Select" for kind in kinds], "both checks, and nothing else"
    assert len(load()) <= 40, "more the Data API does not take"


def test_no_statement_would_end_the_transaction() -> None:
    assert not any(re.match("COMMIT|TRUNCATE|VACUUM|BEGIN|END|ANALYZE", one.sql) for one in load())


def test_what_changes_is_the_day_and_what_is_noted_of_it() -> None:
    changed = [
        (type(tree).__name__, table.db, table.name)
        for one in load()
        if isinstance(tree := parsed(one.sql), (exp.Delete, exp.Insert))
        for table in [next(tree.this.find_all(exp.Table))]
    ]
    assert changed == [
        ("Delete", "shop", "reviews"), ("Insert", "shop", "reviews"), ("Delete", "shop", "loads"), ("Insert", "shop", "loads"),
    ]  # fmt: skip
    deletes = [parsed(one.sql) for one in load() if one.sql.startswith("DELETE")]
    assert [where.sql("redshift") for tree in deletes if (where := tree.args["where"])] == [
        "WHERE \"day\" = '2026-01-02'",
        "WHERE \"table_name\" = 'reviews' AND \"day\" = '2026-01-02'",
    ]


def test_copy_reads_the_one_file_into_columns_in_the_files_order() -> None:
    _, _, staging, copy, *_ = (one.sql for one in load())
    assert staging.startswith("CREATE TEMP TABLE"), "no other session sees it"
    assert [column.name for column in parsed(staging).find_all(exp.ColumnDef)] == list(BATCH.columns)
    tree = parsed(copy)
    assert isinstance(tree, exp.Copy)
    assert [file.this for file in tree.args["files"]] == [BATCH.uri]
    assert copy.endswith(f"IAM_ROLE '{ROLE}' FORMAT AS PARQUET")


def test_rows_go_in_by_name_and_what_the_file_lacks_is_null() -> None:
    insert = parsed(next(one.sql for one in load() if one.does == "put the batch's rows in"))
    names = [column.name for column in insert.this.expressions]
    values = [value.sql("redshift") for value in insert.expression.expressions]
    assert dict(zip(names, values, strict=True)) == {
        "review_id": '"review_id"', "text": '"text"', "p_negative": "CAST(NULL AS DOUBLE PRECISION)",
        "is_new": "CAST(NULL AS BOOLEAN)", "day": "'2026-01-02'", "batch": "'ab12'",
    }  # fmt: skip


@pytest.mark.parametrize("table", [days.reviews_table(), days.predictions_table()], ids=lambda table: table.name)
def test_a_table_has_the_columns_of_glue_and_its_partition_keys(table: days.DayTable) -> None:
    *_, made = statements.tables("shop", {table.name: table.columns})
    tree = parsed(made.sql)
    assert isinstance(tree, exp.Create)
    found = {column.name: column.args["kind"].sql("redshift") for column in tree.find_all(exp.ColumnDef)}
    assert list(found) == [*table.columns, "day", "batch"]
    assert {found[name] for name, kind in table.columns.items() if kind == "bigint"} == {"BIGINT"}
    assert {found[name] for name, kind in table.columns.items() if kind == "string"} == {"VARCHAR(65535)"}
    assert made.sql.endswith("SORTKEY (day)")


def test_the_schema_is_made_before_what_is_in_it() -> None:
    made = statements.tables("shop", {"reviews": COLUMNS})
    assert [one.does for one in made] == ["make the schema shop", "make the table loads", "make the table reviews"]
    assert all("IF NOT EXISTS" in one.sql and isinstance(parsed(one.sql), exp.Create) for one in made)


def test_a_new_column_is_added_and_one_that_is_gone_is_left() -> None:
    added = statements.new_columns("shop", "reviews", COLUMNS, {"review_id", "text", "is_new", "gone"})
    assert [one.sql for one in added] == ['ALTER TABLE "shop"."reviews" ADD COLUMN "p_negative" DOUBLE PRECISION']
    assert isinstance(parsed(added[0].sql), exp.Alter)


def test_questions_are_selects() -> None:
    for sql in (statements.ask_loads("shop"), statements.ask_columns("shop")):
        assert isinstance(parsed(sql), exp.Select)


def test_the_lake_is_read_in_place_by_its_glue_database() -> None:
    one = statements.external_schema("lake", "reviewloop", ROLE)
    parsed(one.sql)
    assert one.sql == (f"CREATE EXTERNAL SCHEMA IF NOT EXISTS \"lake\" FROM DATA CATALOG DATABASE 'reviewloop' IAM_ROLE '{ROLE}'")


def test_a_type_that_nobody_knows_is_named() -> None:
    with pytest.raises(PermanentError, match=r"reviews\.a is of type 'array<int>'; known: bigint, double, boolean, string"):
        statements.tables("shop", {"reviews": {"a": "array<int>"}})
