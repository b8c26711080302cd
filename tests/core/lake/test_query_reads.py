"""A statement reads the catalog's tables and calls what only computes: everything else is refused before the engine sees it."""

import pytest

from reviewloop.core.lake.query_reads import check_reads
from reviewloop.core.lake.statements import one_statement
from reviewloop.errors import PermanentError

TABLES = ["reviews", "predictions"]


def check(sql: str) -> None:
    check_reads(one_statement("query", sql), TABLES, "lake")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM Reviews",
        'SELECT * FROM "reviews"',
        "SELECT * FROM lake.reviews",
        "SELECT * FROM LAKE.reviews AS r JOIN predictions USING (review_id, day)",
        "TABLE reviews",
        "(SELECT day FROM reviews) UNION ALL (SELECT day FROM predictions) ORDER BY 1",
        "WITH x AS (SELECT * FROM reviews), y AS (SELECT * FROM x) SELECT * FROM y, x",
        "WITH x AS (SELECT 1 AS a) SELECT (SELECT max(a) FROM x), EXISTS (SELECT 1 FROM x) WHERE 1 IN (SELECT a FROM x)",
        "WITH x AS (WITH y AS (SELECT 1 AS a) SELECT * FROM y) SELECT * FROM X",
        "WITH reviews AS (SELECT * FROM reviews) SELECT * FROM reviews",
        "SELECT * FROM (VALUES (1, 'a')) AS t (n, word), UNNEST(split('a b', ' ')) AS u (w)",
        "SELECT * FROM reviews r CROSS JOIN LATERAL (SELECT r.rating + 1 AS more) AS x",
        "SELECT * FROM reviews TABLESAMPLE BERNOULLI (10)",
        "SELECT CASE WHEN a THEN b ELSE c END, if(a, 1, 2), coalesce(a, b), nullif(a, b), NOT (a OR b) FROM reviews WHERE c",
        "SELECT CAST(a AS decimal(10, 2)), TRY_CAST(a AS varchar(5)), a::bigint, DATE '2026-01-01', a || b, a[1], -a FROM reviews",
        "SELECT current_date, current_timestamp, date_add('day', 1, now()), extract(year FROM a) FROM reviews",
        "SELECT a AT TIME ZONE 'UTC', date_trunc('month', a), year(a), day(a), interval '1' day, day_of_week(a) FROM reviews",
        "SELECT count(*) FILTER (WHERE a), count(DISTINCT a), approx_percentile(a, 0.5), max_by(a, b) FROM reviews",
        "SELECT arbitrary(a), listagg(a, ',') WITHIN GROUP (ORDER BY a), stddev(a), corr(a, b), array_agg(a) FROM reviews",
        "SELECT rank() OVER (PARTITION BY a ORDER BY b), lag(a) OVER w, row_number() OVER w FROM reviews WINDOW w AS (ORDER BY b)",
        "SELECT transform(ARRAY[1], x -> abs(x)), filter(a, x -> x > 1), reduce(a, 0, (s, x) -> s + x, s -> s) FROM reviews",
        "SELECT regexp_like(a, 'b'), regexp_extract(a, 'b', 1), strpos(a, 'b'), substr(a, 1), trim(BOTH 'x' FROM a) FROM reviews",
        "SELECT position('a' IN b), lower(a), length(a), split_part(a, ',', 1), concat(a, b), replace(a, 'b', 'c') FROM reviews",
        "SELECT map(ARRAY[1], ARRAY[2]), row(1, 2), element_at(a, 1), cardinality(a), contains(a, 1), sequence(1, 3) FROM reviews",
        "SELECT json_extract_scalar(a, '$.b'), json_parse(a), json_format(a), to_hex(sha256(to_utf8(a))), round(a, 2) FROM reviews",
        "SELECT a FROM reviews WHERE a LIKE 'x%' AND b IS NOT NULL AND c IN (1, 2) GROUP BY a HAVING count(*) > 1",
    ],
)  # fmt: skip
def test_a_statement_that_only_reads_what_is_ours_is_let_through(sql: str) -> None:
    check(sql)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT * FROM read_text('x')", "a function after FROM is not allowed; tables are: reviews, predictions$"),
        ("SELECT * FROM read_parquet('s3://b/sealed/*')", "a function after FROM"),
        ("SELECT * FROM glob('*')", "^query: "),
        ("SELECT * FROM TABLE(f(1))", "a function after FROM"),
        ("SELECT * FROM ROWS FROM (f(1))", "a function after FROM"),
        ("SELECT * FROM lake.f(1)", "a function after FROM"),
        ("SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (a int PATH '$'))", "a function after FROM"),
        ("SELECT * FROM reviews, LATERAL read_text('x')", "function 'read_text' is not allowed"),
        ("SELECT * FROM reviews WHERE text IN (SELECT content FROM read_text('x'))", "a function after FROM"),
        ("SELECT (FROM read_text('x'))", "a function after FROM"),
        ("WITH x AS (FROM read_text('x')) SELECT * FROM x", "a function after FROM"),
        ("SELECT * FROM UNNEST(read_text('x'))", "function 'read_text' is not allowed"),
        ("SELECT * FROM 'x.csv'", "there is no table 'x.csv'"),
        ('SELECT * FROM "s3://b/sealed/x.parquet"', "there is no table 's3://b/sealed/x.parquet'"),
        ('SELECT * FROM "reviews$partitions"', "there is no table 'reviews\\$partitions'"),
        ("TABLE pg_tables", "there is no table 'pg_tables'"),
        ("SELECT EXISTS (TABLE elsewhere)", "there is no table 'elsewhere'"),
        ("SELECT * FROM elsewhere.reviews", "elsewhere.reviews: is outside of this lake's catalog"),
        ("SELECT * FROM system.runtime.nodes", "system.runtime.nodes: is outside of this lake's catalog"),
        ("SELECT * FROM other.lake.reviews", "other.lake.reviews: is outside"),
        ("SELECT * FROM information_schema.tables", "information_schema is not needed here"),
        ("SELECT * FROM lake.information_schema.tables", "information_schema is not needed here"),
        ("SELECT * FROM lake.elsewhere", "there is no table 'elsewhere'"),
        ("WITH pg_tables AS (SELECT * FROM pg_tables) SELECT * FROM pg_tables", "there is no table 'pg_tables'"),
        ("WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a", "there is no table 'b'"),
        ("SELECT * FROM (WITH b AS (SELECT 1) SELECT * FROM b) AS x, b", "there is no table 'b'"),
        ("WITH b AS (SELECT 1) SELECT * FROM lake.b", "there is no table 'b'"),
        ("WITH RECURSIVE x AS (SELECT * FROM x) SELECT * FROM x", "WITH RECURSIVE is not allowed"),
        ('WITH "x.csv" AS (SELECT 1) SELECT * FROM "x.csv"', "is no name of a table"),
        ("SELECT read_text('x')", "function 'read_text' is not allowed"),
        ("SELECT getenv('HOME') FROM reviews", "function 'getenv' is not allowed"),
        ("SELECT \"getenv\"('HOME')", "function 'getenv' is not allowed"),
        ("SELECT lower(upper(getenv('HOME')))", "function 'getenv' is not allowed"),
        ("SELECT a FROM reviews ORDER BY getenv('HOME')", "function 'getenv' is not allowed"),
        ("SELECT a FROM reviews GROUP BY a HAVING getenv('HOME') = ''", "function 'getenv' is not allowed"),
        ("SELECT count(*) FILTER (WHERE getenv('HOME') = '') FROM reviews", "function 'getenv' is not allowed"),
        ("SELECT rank() OVER (ORDER BY getenv('HOME')) FROM reviews", "function 'getenv' is not allowed"),
        ("SELECT transform(ARRAY['HOME'], x -> getenv(x))", "function 'getenv' is not allowed"),
        ("SELECT * FROM reviews r JOIN predictions p ON getenv('HOME') = ''", "function 'getenv' is not allowed"),
        ("SELECT * REPLACE (getenv('HOME') AS text) FROM reviews", "function 'getenv' is not allowed"),
        ("SELECT CASE WHEN getenv('HOME') = '' THEN 1 END", "function 'getenv' is not allowed"),
        ("SELECT * FROM (VALUES (getenv('HOME')))", "function 'getenv' is not allowed"),
        ("SELECT 1 LIMIT getenv('HOME')", "function 'getenv' is not allowed"),
        ("SELECT 'x'.read_text()", "function 'read_text' is not allowed"),
        ("SELECT system.lower('x')", "write the function's name alone"),
        ("SELECT COLUMNS(*) FROM reviews", "function 'columns' is not allowed"),
        ("SELECT current_setting('x'), 1", "function 'current_setting' is not allowed"),
        ("SELECT current_user", "function 'current_user' .*is not allowed"),
        ("SELECT current_schema", "tells of the session"),
        ("SELECT USER", "tells of the session"),
        ("SELECT version()", "is not allowed"),
        ("SELECT lowr(text) FROM reviews", r"function 'lowr' \(did you mean 'lower'\?\) is not allowed"),
        ("SELECT @@x", "stands for a value"),
        ("SELECT * FROM reviews WHERE day = ?", "stands for a value"),
        ("SELECT * INTO x FROM reviews", "INTO writes"),
        ("VALUES (1)", "only a SELECT can be run here, this is VALUES"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_one_line(sql: str, reason: str) -> None:
    with pytest.raises(PermanentError, match=reason) as refused:
        check(sql)
    assert str(refused.value).startswith("query: ")
    assert "\n" not in str(refused.value)


def test_before_the_first_day_no_table_is_there() -> None:
    with pytest.raises(PermanentError, match="there is no table 'reviews'; known: none, nothing was ingested yet"):
        check_reads(one_statement("query", "SELECT * FROM reviews"), [], "lake")
