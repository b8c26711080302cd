from pathlib import Path

import pandas as pd
import pytest

from reviewloop.adapters.catalog import athena
from reviewloop.core.lake.statements import TableName, bind
from reviewloop.errors import PermanentError


def test_every_statement_of_the_project_can_be_bound() -> None:
    import sqlglot
    from sqlglot import exp

    paths = sorted(athena.SQL_DIR.glob("*.sql"))
    assert paths
    for path in paths:
        tree = sqlglot.parse_one(path.read_text(), read="athena")
        holes = {
            hole.name: TableName("x") if isinstance(hole.parent, exp.Table) else "x" for hole in tree.find_all(exp.Placeholder)
        }
        assert ":" not in bind(path.stem, path.read_text(), holes)


def test_an_unknown_statement_is_named_with_the_known_ones() -> None:
    with pytest.raises(PermanentError, match=r"query 'nothing': no file nothing\.sql; known: .*count_curated"):
        athena.query("nothing")


@pytest.fixture
def sql(lake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(athena, "SQL_DIR", tmp_path)
    return tmp_path


@pytest.mark.contract
def test_a_result_keeps_its_types_and_a_missing_value_stays_missing(sql: Path) -> None:
    statement = "SELECT * FROM (VALUES (1, 2, 1.5, TRUE, 'NA'), (2, NULL, NULL, NULL, NULL)) AS t (a, b, c, d, e) WHERE a > :low"
    (sql / "types.sql").write_text(statement)
    frame = athena.query("types", low=0)
    assert frame.dtypes.astype(str).to_dict() == {"a": "int64", "b": "Int64", "c": "float64", "d": "boolean", "e": "string"}
    assert frame.iloc[0].tolist() == [1, 2, 1.5, True, "NA"]
    assert frame.iloc[1, 1:].isna().all()


@pytest.mark.contract
def test_text_comes_back_as_it_was_and_no_rows_are_a_frame(sql: Path) -> None:
    (sql / "echo.sql").write_text("SELECT :text AS t, 1 AS n WHERE 1 = :one")
    text = "a \"quoted\", 'text'\nof two lines; -- no comment :text"
    assert athena.query("echo", text=text, one=1)["t"].tolist() == [text]
    empty = athena.query("echo", text=text, one=2)
    pd.testing.assert_index_equal(empty.columns, pd.Index(["t", "n"], dtype="object"))
    assert empty.empty


@pytest.mark.contract
def test_bad_sql_is_a_permanent_error_with_the_reason(sql: Path) -> None:
    (sql / "bad.sql").write_text("SELECT no_such_column FROM (SELECT 1 AS a)")
    with pytest.raises(PermanentError, match=r"query bad: .*no_such_column"):
        athena.query("bad")
