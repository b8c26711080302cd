import pytest

from reviewloop.core.lake.query_check import check_query
from reviewloop.errors import PermanentError

CATALOG = {
    "reviews": ["review_id", "text", "rating", "department", "day", "batch"],
    "predictions": ["review_id", "prediction", "day", "batch"],
    "captures": ["request_id", "review_id", "review_day", "sentiment", "day", "batch"],
}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT r.text FROM reviews r JOIN predictions p ON r.review_id=p.review_id AND r.day=p.day",
        "SELECT text FROM reviews JOIN predictions USING (review_id, day) ORDER BY text",
        "SELECT * FROM (VALUES (1, 'a', 1.5)) AS t (n, word, x) ORDER BY n",
        (
            "SELECT department, count(*) AS n, transform(ARRAY[1], x -> x+1) FROM reviews r, UNNEST(ARRAY[1]) AS u(v) "
            "WHERE EXISTS (SELECT 1 FROM predictions p WHERE p.review_id=r.review_id) GROUP BY department HAVING n>1 ORDER "
            "BY n"
        ),
        "SELECT 1 AS a",
        "SELECT c.sentiment FROM captures c JOIN reviews r ON c.review_id=r.review_id AND c.review_day=r.day",
        "SELECT c.sentiment FROM (SELECT * FROM captures) c JOIN reviews r ON c.review_id=r.review_id AND c.review_day=r.day",
        "SELECT sentiment FROM (SELECT review_id, review_day AS day, sentiment FROM captures) JOIN reviews USING (review_id, day)",
        "SELECT a.day FROM captures a JOIN captures b USING (review_id, review_day)",
        (
            "SELECT c.day FROM captures c JOIN reviews r ON c.review_id=r.review_id WHERE c.review_day='2026-01-01' AND "
            "r.day='2026-01-01'"
        ),
        (
            "SELECT r.review_id FROM reviews r JOIN predictions p ON r.review_id=p.review_id WHERE r.day='2026-01-01' AND "
            "p.day='2026-01-01'"
        ),
        "SELECT a.review_id FROM reviews a JOIN reviews b ON a.review_id=b.review_id AND a.day<b.day",
        (
            "SELECT a.review_id FROM reviews a, predictions b, predictions c WHERE a.review_id=b.review_id AND "
            "a.review_id=c.review_id AND a.day=b.day AND b.day=c.day"
        ),
        (
            "WITH r AS (SELECT review_id FROM reviews WHERE day='2026-01-02'), p AS (SELECT * FROM predictions WHERE "
            "day='2026-01-02') SELECT * FROM r JOIN p USING (review_id)"
        ),
        (
            "SELECT * FROM reviews r JOIN (SELECT review_id, count(*) AS n FROM predictions GROUP BY review_id) p ON "
            "r.review_id=p.review_id"
        ),
        "SELECT DAY, Text FROM Reviews",
        "SELECT text FROM reviews WHERE review_id IN (SELECT review_id FROM predictions WHERE rating > 2)",
        "SELECT * FROM reviews r CROSS JOIN LATERAL (SELECT r.rating + 1 AS more) AS x",
        "SELECT sum(n) OVER (ORDER BY day) FROM (SELECT day, count(*) AS n FROM reviews GROUP BY day)",
        "SELECT day FROM reviews UNION ALL SELECT day FROM predictions ORDER BY day",
        "SELECT CAST(row(1,2) AS row(a int, b int)).a FROM reviews",
        "SELECT current_date, date_trunc('month', date(day)) AS m FROM reviews GROUP BY 2",
        "SELECT text FROM lake.reviews",
    ],
)
def test_what_is_right_or_cannot_be_known_here_is_let_through(sql: str) -> None:
    check_query(sql, CATALOG, "lake")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "SELECT * FROM review",
            r"there is no table 'review' \(did you mean 'reviews'\?\); known: reviews, predictions, captures$",
        ),
        ("SELECT * FROM pg_description", "there is no table 'pg_description'; known: reviews, predictions, captures$"),
        ("SELECT * FROM information_schema.tables", "information_schema is not needed here: `query` without a statement lists"),
        ("SELECT p.sentiment FROM predictions p", "no column 'sentiment' in p; known: review_id, prediction, day, batch$"),
        ("SELECT deprtment FROM reviews", r"no column 'deprtment' in reviews \(did you mean 'department'\?\); known: review_id, "),
        ("SELECT no_such FROM (SELECT 1 AS a)", "no column 'no_such'; known: a$"),
        ("SELECT x.text FROM (SELECT day AS b FROM reviews) x", "no column 'text' in x; known: b$"),
        ("SELECT 1 FROM reviews r, predictions r", "query: "),
    ],
)
def test_an_unknown_name_is_told_with_the_known_ones(sql: str, reason: str) -> None:
    with pytest.raises(PermanentError, match=reason):
        check_query(sql, CATALOG, "lake")


def test_before_the_first_day_there_is_no_table() -> None:
    with pytest.raises(PermanentError, match="no table 'reviews'; known: none, nothing was ingested yet"):
        check_query("SELECT 1 FROM reviews", {}, "lake")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT r.text FROM reviews r JOIN predictions p ON r.review_id = p.review_id",
        "SELECT r.text FROM reviews r JOIN predictions p ON r.review_id = p.review_id WHERE r.day = '2026-01-01'",
        "SELECT r.text FROM predictions p JOIN reviews r USING (review_id)",
        "SELECT r.text FROM reviews r, predictions p WHERE p.review_id = r.review_id",
        "WITH r AS (SELECT * FROM reviews) SELECT r.review_id FROM r LEFT JOIN predictions p ON p.review_id = r.review_id",
        (
            "WITH r AS (SELECT review_id FROM reviews WHERE rating < 3) SELECT 1 FROM r JOIN predictions p ON p.review_id "
            "= r.review_id"
        ),
        (
            "SELECT 1 FROM reviews r, reviews o, predictions p WHERE r.review_id = o.review_id AND r.review_id = "
            "p.review_id AND r.day = o.day"
        ),
    ],
)
def test_a_join_on_the_id_without_the_day_is_refused_with_the_right_one(sql: str) -> None:
    with pytest.raises(
        PermanentError, match=r"unique within a day only.*write: ON (\w+)\.review_id = (\w+)\.review_id AND \1\.day = \2\.day$"
    ):
        check_query(sql, CATALOG, "lake")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM captures c JOIN reviews r ON c.review_id = r.review_id",
        "SELECT 1 FROM captures c JOIN reviews r ON c.review_id = r.review_id AND c.day = r.day",
        "SELECT 1 FROM captures c JOIN reviews r USING (review_id, day)",
        "SELECT 1 FROM captures c JOIN reviews r ON c.review_id = r.review_id WHERE c.day = '2026-01-01' AND r.day = '2026-01-01'",
        "SELECT 1 FROM (SELECT * FROM captures) c JOIN reviews r ON c.review_id = r.review_id AND c.day = r.day",
    ],
)
def test_the_day_of_a_captured_review_is_not_that_of_its_request(sql: str) -> None:
    with pytest.raises(PermanentError, match=r"write: ON c\.review_id = r\.review_id AND c\.review_day = r\.day$"):
        check_query(sql, CATALOG, "lake")
