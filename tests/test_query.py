"""``python -m reviewloop query``: the analyst's way in."""

import json

import pandas as pd
import pytest

from reviewloop.__main__ import main
from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import s3
from reviewloop.adapters.lake.frames import from_parquet, to_parquet
from reviewloop.contracts import load_contract
from reviewloop.core.monitoring.predictions import COLUMNS, COMMENTS
from reviewloop.query import EXAMPLES, written

SQL = "SELECT * FROM (VALUES (1, 'a', 1.5), (20, NULL, 2.0), (3, 'c', NULL)) AS t (n, word, x) ORDER BY n"


def test_a_table_is_aligned_and_a_long_cell_cut():
    frame = pd.DataFrame({"n": [1, 200], "text": pd.array(["two\nlines", None], dtype="string"), "long": ["y" * 100, "z"]})
    assert written(frame, "table").splitlines() == [
        "  n  text       long",
        "---  ---------  " + "-" * 60,
        "  1  two lines  " + "y" * 57 + "...",
        "200             z",
    ]


def test_an_empty_result_still_shows_its_columns():
    frame = pd.DataFrame({"a": [], "b": []})
    assert [written(frame, form) for form in ("table", "csv", "json")] == ["a  b\n-  -\n", "a,b\n", ""]


def test_csv_holds_no_formula_and_numbers_stay_numbers():
    text = pd.array(["=1+1", '@x, "y"', None, "fine"], dtype="string")
    frame = pd.DataFrame({"=head": text, "n": [-1, 2, 3, 4], "x": [-1.5, None, 0, 1], "o": ["-1+1", -2, None, "-2"]})
    assert written(frame, "csv").splitlines() == [
        "'=head,n,x,o", "'=1+1,-1,-1.5,'-1+1", "\"'@x, \"\"y\"\"\",2,,-2", ",3,0.0,", "fine,4,1.0,-2",
    ]  # fmt: skip
    assert frame["n"].dtype == "int64"


@pytest.mark.contract
def test_a_query_prints_its_rows_and_says_when_there_are_more(lake, capsys):
    assert main(["query", SQL, "--limit", "2"]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == ["n  word    x", "-  ----  ---", "1  a     1.5", "3  c"]
    assert shown.err.endswith("only the first 2 rows; --limit 0 gives all\n")
    assert main(["query", SQL, "--format", "csv"]) == 0
    assert capsys.readouterr().out == "n,word,x\n1,a,1.5\n3,c,\n20,,2.0\n"
    assert main(["query", SQL, "--format", "json", "--limit", "0"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[1]) == {"n": 3, "word": "c", "x": None}


@pytest.mark.contract
def test_a_query_can_leave_its_result_as_parquet(lake, capsys):
    assert main(["query", SQL, "--to-parquet", s3.lake_uri("analyst")]) == 0
    (uri,) = capsys.readouterr().out.splitlines()
    assert from_parquet(s3.read_bytes(uri))["n"].tolist() == [1, 3, 20]


@pytest.mark.contract
@pytest.mark.parametrize("sql", ["SELECT no_such FROM (SELECT 1 AS a)", "DROP TABLE reviews", "SELECT ("])
def test_an_error_is_one_line_and_exit_status_1(lake, capsys, sql):
    assert main(["query", sql]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert shown.err.startswith("query: ")


@pytest.fixture
def reviews(lake):
    """A day in the table `reviews`: one review, and one that another day has under the same id."""
    contract = load_contract()
    row = {name: [1] if kind == "bigint" else ["x"] for name, kind in contract.hive_types().items()}
    for day in ("2026-01-01", "2026-01-02"):
        uri = s3.lake_uri("curated", "reviews", f"day={day}", "batch=b")
        s3.write_bytes(f"{uri}/reviews.parquet", to_parquet(pd.DataFrame(row)))
        glue.register_partition("reviews", contract.hive_types(), day, "b", uri, contract.comments())


def predictions():
    uri = s3.lake_uri("predictions", "day=2026-01-01", "batch=b")
    row = {name: [1 if kind == "bigint" else 0.5 if kind == "double" else "x"] for name, kind in COLUMNS.items()}
    s3.write_bytes(f"{uri}/predictions.parquet", to_parquet(pd.DataFrame(row)))
    glue.register_partition("predictions", COLUMNS, "2026-01-01", "b", uri, COMMENTS)


@pytest.mark.contract
def test_without_a_statement_the_tables_their_columns_and_two_examples_are_listed(reviews, capsys):
    assert main(["query", ""]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(
        "reviews\n  review_id          bigint  the producer's id, unique within a day; never a model input: a number"
    )
    assert "\n  day                string  of the delivery, YYYY-MM-DD\n" in shown
    assert shown.endswith(f"To begin with:\n  {EXAMPLES[0]}\n  {EXAMPLES[2]}\n")
    predictions()
    assert main(["query"]) == 0
    shown = capsys.readouterr().out
    assert "predictions\n  review_id " in shown
    assert shown.endswith(f"To begin with:\n  {EXAMPLES[0]}\n  {EXAMPLES[1]}\n")


@pytest.mark.contract
def test_every_example_works(reviews, capsys):
    predictions()
    assert [main(["query", sql]) for sql in EXAMPLES] == [0, 0, 0]
    assert main(["query", EXAMPLES[1], "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2026-01-01,1,x,x"  # the other day's review has no prediction


@pytest.mark.contract
def test_an_empty_lake_says_what_fills_it(lake, capsys):
    assert main(["query", ""]) == 0
    assert capsys.readouterr().out == "The lake has no table yet: the first ingested day makes `reviews`.\n"


@pytest.mark.contract
@pytest.mark.parametrize("sql", ["SHOW TABLES", "DESCRIBE reviews", "SELECT p.no_such FROM reviews p", "SELECT * FROM revews",
                                 "SELECT no_such(text) FROM reviews", "SELECT text + 1 FROM reviews",
                                 "SELECT nope FROM (SELECT * FROM reviews) AS t",
                                 "SELECT a.text FROM reviews a JOIN reviews b ON a.review_id = b.review_id"])  # fmt: skip
def test_a_mistake_is_told_in_our_words_and_not_in_the_engines(reviews, capsys, sql):
    assert main(["query", sql]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("query: ")
    assert len(shown.err.splitlines()) == 1
    for word in ("Candidate", "pg_", "LINE 1", ".parquet", "/tmp", "WARNING", "sqlglot", "read_"):
        assert word not in shown.err, shown.err


def test_misuse_is_exit_status_2(capsys):
    for arguments in (
        ["query", "SELECT 1", "--limit", "-1"],
        ["query", "SELECT 1", "--limit", "9" * 20],
        ["query", "SELECT 1", "--format", "xml"],
    ):
        with pytest.raises(SystemExit, match="2"):
            main(arguments)
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert 'query "<sql>"' in capsys.readouterr().out
