"""``python -m reviewloop query``: the analyst's way in."""

import json

import pandas as pd
import pytest

from reviewloop.__main__ import main
from reviewloop.adapters.lake import s3
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.query import written

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


def test_misuse_is_exit_status_2(capsys):
    for arguments in (["query"], ["query", "SELECT 1", "--limit", "-1"], ["query", "SELECT 1", "--format", "xml"]):
        with pytest.raises(SystemExit, match="2"):
            main(arguments)
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert 'query "<sql>"' in capsys.readouterr().out
