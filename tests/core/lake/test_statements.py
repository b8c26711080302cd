import pytest

from reviewloop.core.lake.statements import ColumnNames, Parameter, TableName, bind, select_only, unload
from reviewloop.errors import PermanentError


@pytest.mark.parametrize(
    ("sql", "params", "bound"),
    [
        ("SELECT a FROM t WHERE b IN (:b)", {"b": ["x", "y"]}, "SELECT a FROM t WHERE b IN ('x', 'y')"),
        ("SELECT a FROM t WHERE b IN ('q', :b)", {"b": [1]}, "SELECT a FROM t WHERE b IN ('q', 1)"),
        ("SELECT a FROM t WHERE b = :b AND c > :n", {"b": "x", "n": 1.5}, "SELECT a FROM t WHERE b = 'x' AND c > 1.5"),
        ("SELECT a FROM t WHERE b = :b", {"b": "x' OR '1'='1"}, "SELECT a FROM t WHERE b = 'x'' OR ''1''=''1'"),
        ("SELECT a FROM :t WHERE b = :b", {"t": TableName("x"), "b": 1}, 'SELECT a FROM "x" WHERE b = 1'),
        ("SELECT ':b' FROM t -- :b\nWHERE b = :b", {"b": "\\'"}, "SELECT ':b' FROM t WHERE b = '\\'''"),
    ],
)
def test_a_parameter_is_only_ever_a_literal(sql: str, params: dict[str, Parameter], bound: str) -> None:
    assert bind("q", sql, params) == bound


@pytest.mark.parametrize(
    ("sql", "params", "reason"),
    [
        ("SELECT :a", {}, r"q\.sql: parameters do not match the statement: a missing or unknown"),
        ("SELECT 1", {"a": 1}, "a missing or unknown"),
        ("SELECT 1 FROM t WHERE b IN (:b)", {"b": []}, "empty list"),
        ("SELECT 1 FROM t WHERE b = :b", {"b": ["x", "y"]}, r"only IN \(:b\) takes a list"),
        ("SELECT 1 FROM :t", {"t": "x"}, "a table's name goes after FROM"),
        ("SELECT :t", {"t": TableName("x")}, "a table's name goes after FROM"),
        ("SELECT 1 FROM :t", {"t": TableName('x"; DROP TABLE y')}, "is no name of a table"),
        ("SELECT 1; SELECT 2", {}, "holds 2 statements"),
        ("SELECT FROM (", {}, r"q\.sql: "),
    ],
)
def test_a_statement_and_parameters_that_do_not_fit_are_refused(sql: str, params: dict[str, Parameter], reason: str) -> None:
    with pytest.raises(PermanentError, match=reason):
        bind("q", sql, params)


@pytest.mark.parametrize(
    ("sql", "limit", "text"),
    [
        ("SELECT a FROM t ORDER BY a", 5, "SELECT a FROM t ORDER BY a LIMIT 5"),
        ("SELECT a FROM t LIMIT 3;", 5, "SELECT a FROM t LIMIT 3"),
        ("SELECT a FROM t LIMIT 30", 5, "SELECT a FROM t LIMIT 5"),
        ("WITH x AS (SELECT 1 AS a) SELECT a FROM x", None, "WITH x AS (SELECT 1 AS a) SELECT a FROM x"),
        ("SELECT 1 UNION ALL SELECT 2", 1, "SELECT 1 UNION ALL SELECT 2 LIMIT 1"),
    ],
)
def test_an_analyst_reads_as_many_rows_as_asked_for(sql: str, limit: int | None, text: str) -> None:
    assert select_only(sql, limit) == text


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("show tables", "query: SHOW is not needed here: `query` without a statement lists the tables and their columns"),
        ("DESCRIBE reviews", "query: DESCRIBE is not needed here"),
        (" ; ", "query: holds no statements; one is allowed"),
        ("DROP TABLE reviews", "query: only a SELECT can be run here, this is DROP"),
        ("UNLOAD (SELECT 1) TO 's3://x'", "only a SELECT can be run here, this is UNLOAD"),
        ("SELECT * INTO x FROM reviews", "only a SELECT that reads can be run here, and INTO writes"),
        ("WITH x AS (SELECT 1 AS a) SELECT a INTO y FROM x", "and INTO writes"),
        ("SELECT a FROM (SELECT 1 AS a) AS x UNION ALL SELECT a INTO y FROM z", "and INTO writes"),
        ("WITH x AS (INSERT INTO y SELECT 1 RETURNING *) SELECT * FROM x", "and INSERT writes"),
        ("WITH x AS (DELETE FROM y RETURNING *) SELECT * FROM x", "and DELETE writes"),
        ("CREATE TABLE x AS SELECT 1", "this is CREATE"),
        ("EXPLAIN ANALYZE SELECT 1", "this is EXPLAIN"),
        ("PREPARE x FROM SELECT 1", "this is PREPARE"),
        ("SET x = 1", "this is SET"),
        ("COPY reviews TO 'x'", "this is COPY"),
        ("PRAGMA x", "this is PRAGMA"),
        ("CALL f()", "this is CALL"),
        ("SELECT 1; DROP TABLE reviews", "query: holds 2 statements; one is allowed"),
        ("SELECT FROM (", "^query: "),
        ("", "query: holds"),
    ],
)
def test_an_analyst_can_only_read(sql: str, reason: str) -> None:
    with pytest.raises(PermanentError, match=reason) as refused:
        select_only(sql, 5)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("sql", ["(" * 3_000 + "SELECT 1" + ")" * 3_000, "SELECT " + "(" * 3_000 + "1" + ")" * 3_000])
def test_what_is_nested_deeper_than_can_be_read_is_refused_in_a_line(sql: str) -> None:
    with pytest.raises(PermanentError, match="^query: is nested too deep to be read; write it flatter"):
        select_only(sql, 10)


def test_unload_writes_parquet_and_quotes_its_place() -> None:
    assert unload("SELECT 1", "s3://b/it's") == "UNLOAD (SELECT 1) TO 's3://b/it''s/' WITH (format = 'PARQUET')"


def test_columns_stand_for_themselves_as_quoted_names() -> None:
    statement, columns = "SELECT review_id, :columns, day FROM reviews WHERE day = :day", ColumnNames(("a", "b_1"))
    sql = bind("x", statement, {"columns": columns, "day": "d"})
    assert sql == """SELECT review_id, "a", "b_1", day FROM reviews WHERE day = 'd'"""


def test_columns_group_too() -> None:
    sql = bind("x", "SELECT :columns, COUNT(*) FROM reviews GROUP BY day, :columns", {"columns": ColumnNames(("a", "b_1"))})
    assert sql == """SELECT "a", "b_1", COUNT(*) FROM reviews GROUP BY day, "a", "b_1\""""


@pytest.mark.parametrize(
    ("sql", "names", "words"),
    [
        ("SELECT :columns FROM reviews", ('a" FROM secrets --',), "is no name of a column; allowed"),
        ("SELECT :columns FROM reviews", ("A b",), "'A b' is no name of a column"),
        ("SELECT :columns FROM reviews", (), "names no column"),
        ("SELECT a FROM reviews WHERE b = :columns", ("a",), "columns go into the list of a SELECT or a GROUP BY"),
        ("SELECT a FROM :columns", ("a",), "a table's name goes after FROM"),
        ("SELECT max(:columns) FROM reviews", ("a",), "columns go into the list of a SELECT or a GROUP BY"),
    ],
)
def test_what_is_no_list_of_columns_is_refused(sql: str, names: tuple[str, ...], words: str) -> None:
    with pytest.raises(PermanentError, match=words):
        bind("x", sql, {"columns": ColumnNames(names)})
