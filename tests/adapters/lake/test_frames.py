"""A file is read piece by piece as it would be read whole, also one without rows."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reviewloop.adapters.lake import frames
from reviewloop.adapters.lake.frames import counted_rows, from_parquet, parquet_rows, to_parquet
from reviewloop.core.quality.rows import rows_of

ROWS = pd.DataFrame({"review_id": pd.array([1, 2, 3], "Int64"), "text": pd.array(["a", None, "a"], "string"), "rating": [5, 1, 5]})


def stored(rows: pd.DataFrame, folder: Path) -> Path:
    path = folder / "rows.parquet"
    path.write_bytes(to_parquet(rows))
    return path


@pytest.mark.parametrize("gap", [False, True])
def test_the_pieces_are_the_whole(gap: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "PIECE", 2)
    rows = ROWS.assign(review_id=pd.array([1, 2, None], "Int64")) if gap else ROWS
    pieces = list(parquet_rows(stored(rows, tmp_path)).pieces())
    assert [len(piece) for piece in pieces] == [2, 1]
    (whole,) = rows_of(from_parquet(to_parquet(rows))).pieces()
    pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), whole)


@pytest.mark.parametrize("gap", [False, True])
def test_texts_that_stay_with_arrow_are_the_same(gap: bool, tmp_path: Path) -> None:
    rows = ROWS.assign(review_id=pd.array([1, 2, None], "Int64")) if gap else ROWS
    path = stored(rows, tmp_path)
    (plain,), (strings,) = (parquet_rows(path, as_strings=as_strings).pieces() for as_strings in (False, True))
    assert strings["text"].dtype == "string[pyarrow]"
    pd.testing.assert_frame_equal(strings.assign(text=strings["text"].astype(object).where(strings["text"].notna(), None)), plain)


def test_a_file_whose_footer_does_not_count_its_gaps_is_looked_through(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"n": [1, None, 3]}), path, write_statistics=False)
    (piece,) = parquet_rows(path).pieces()
    assert piece["n"].fillna(0.0).tolist() == [1.0, 0.0, 3.0]


@pytest.mark.parametrize("rows", [range(3), range(2), range(1, 3), range(1, 2), range(0), range(2, 3)])
def test_some_rows_are_those_of_the_whole_however_they_were_written(
    rows: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "PIECE", 2)
    with frames.ParquetFile(tmp_path / "groups", {"review_id": "Int64", "text": "string", "rating": "int64"}) as file:
        file.write(ROWS.iloc[:1])
        file.write(ROWS.iloc[1:])
    for path in (tmp_path / "groups", stored(ROWS, tmp_path)):
        found = pd.concat(parquet_rows(path, rows=rows).pieces(), ignore_index=True)
        assert list(found["review_id"]) == list(ROWS["review_id"].iloc[rows.start : rows.stop])
        assert list(found["text"].fillna("")) == list(ROWS["text"].fillna("").iloc[rows.start : rows.stop])


def test_a_file_without_rows_has_one_piece_with_its_columns(tmp_path: Path) -> None:
    (piece,) = parquet_rows(stored(ROWS.iloc[:0], tmp_path), ("review_id", "text")).pieces()
    assert (list(piece.columns), len(piece)) == (["review_id", "text"], 0)


def test_equal_rows_are_counted_over_all_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "PIECE", 2)
    found = counted_rows(stored(ROWS, tmp_path), ("text", "rating", "not there"), "num")
    assert sorted(found.fillna("").itertuples(index=False, name=None)) == [("", 1, 1), ("a", 5, 2)]
