"""Results reach Parquet by UNLOAD or by the result file: the engine's own answer decides."""

import io
import re

import pandas as pd
import pytest

from reviewloop.adapters.catalog import athena, unload
from reviewloop.adapters.lake import s3
from reviewloop.adapters.lake.frames import from_parquet, to_parquet
from reviewloop.errors import PermanentError

pytestmark = pytest.mark.contract
SQL = "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS t (n, word) WHERE n > :low"


@pytest.fixture
def place(lake, tmp_path, monkeypatch):
    monkeypatch.setattr(athena, "SQL_DIR", tmp_path)
    (tmp_path / "words.sql").write_text(SQL)
    return s3.lake_uri("out")


def test_without_unload_the_result_file_becomes_parquet(place):
    (uri,) = unload.query_to_parquet("words", place, low=0)
    frame = from_parquet(s3.read_bytes(uri))
    assert uri == f"{place}/result.parquet"
    assert frame["n"].tolist() == [1, 2]
    assert frame["word"].isna().tolist() == [False, True]
    with pytest.raises(PermanentError, match=r"query words: s3://.*/out/ holds objects already; name a fresh prefix"):
        unload.query_to_parquet("words", place, low=0)


def test_with_unload_the_engine_writes_the_files_itself(place, monkeypatch):
    asked = []

    def engine(what, sql):
        asked.append(sql)
        (target,) = re.findall(r"TO '(.*?)'", sql)
        for number in range(2):
            s3.write_bytes(f"{target}part-{number}", to_parquet(pd.DataFrame({"n": [number]})))

    monkeypatch.setattr(athena, "execute", engine)
    uris = unload.query_to_parquet("words", place, low=0)
    assert [len(pd.read_parquet(io.BytesIO(s3.read_bytes(uri)))) for uri in uris] == [1, 1]
    assert sorted(unload.query_frame("words", low=0)["n"]) == [0, 1]
    sql, _ = asked
    assert sql == f"UNLOAD ({athena.statement('words', low=0)}) TO '{place}/' WITH (format = 'PARQUET')"


def left():
    """Whatever holds rows: results of queries that were read by their file too."""
    return list(s3.list_uris(s3.lake_uri("athena-results", "")))


def test_the_rows_are_gone_once_they_are_read(place):
    assert len(unload.query_frame("words", low=0)) == 2
    assert left() == []


def test_the_rows_are_gone_when_they_cannot_be_read(place, monkeypatch):
    def engine(what, sql):
        (target,) = re.findall(r"TO '(.*?)'", sql)
        s3.write_bytes(f"{target}part-0", b"no parquet")

    monkeypatch.setattr(athena, "execute", engine)
    with pytest.raises(Exception, match="arquet"):
        unload.query_frame("words", low=0)
    assert left() == []


def test_what_a_kill_left_is_gone_with_the_next_query_and_what_another_task_reads_stays(place, monkeypatch):
    uri = s3.write_bytes(s3.lake_uri("athena-results", "unload", "another", "part-0"), b"rows")
    unload.query_frame("words", low=0)
    assert left() == [uri]
    monkeypatch.setattr(unload, "LEFTOVER_SECONDS", -5)
    unload.query_frame("words", low=0)
    assert left() == []


@pytest.mark.parametrize("reason", ["HIVE_PATH_ALREADY_EXISTS: Target is not empty", "SYNTAX_ERROR: Column 'x' not found"])
def test_any_other_refusal_of_an_unload_is_not_covered_up(place, monkeypatch, reason):
    def engine(what, sql):
        raise PermanentError(f"{what}: {reason}")

    monkeypatch.setattr(athena, "execute", engine)
    with pytest.raises(PermanentError, match=reason):
        unload.query_to_parquet("words", place, low=0)


def test_a_result_without_rows_keeps_its_columns(place, monkeypatch):
    assert list(unload.query_frame("words", low=9)) == ["n", "word"]
    real = athena.execute
    monkeypatch.setattr(athena, "execute", lambda what, sql: None if sql.startswith("UNLOAD") else real(what, sql))
    assert list(unload.query_frame("words", low=9)) == ["n", "word"]


def test_bad_sql_is_told_as_the_engine_tells_it(place, tmp_path):
    (tmp_path / "words.sql").write_text("SELECT nothing_like_it FROM (SELECT 1 AS a)")
    with pytest.raises(PermanentError, match=r"query words: .*nothing_like_it"):
        unload.query_to_parquet("words", place)
