"""Column by column a file says what it says row by row; a row that is odd sends the rest the slow way, and none is lost.

``make study-engines`` draws a thousand files; here are a few of them, and the corners that a draw may miss.
"""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.helpers.contracts import CONTRACT, LIMITS

from reviewloop.core.delivery import parsing
from reviewloop.core.delivery.columnwise.cells import read_cells
from reviewloop.core.delivery.parsing import parse_reviews
from reviewloop_local.studies.engine_study import draw, outcome

HEADER = ",".join(CONTRACT.headers().values())
NAME = "a.csv"


def row(number: int, text: str = "It fits, and I love it.", age: str = "33") -> str:
    return f'{number},10,{age},Title,"{text}",5,1,0,General,Tops,Knits'


def both_ways(*rows: str, end: str = "\n") -> None:
    data = end.join([HEADER, *rows, ""]).encode()
    columns, plain = (outcome(NAME, data, by_columns=by_columns) for by_columns in (True, False))
    assert columns == plain


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_CHUNK_ROWS", 7)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("seed", range(60))
def test_a_drawn_file_is_read_alike(seed: int) -> None:
    name, data = draw(np.random.default_rng([7, seed]), 40)
    assert outcome(name, data, by_columns=True) == outcome(name, data, by_columns=False)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(
    "odd",
    [
        "11,10,33,only four",
        row(11, text="a\0b"),
        row(3),  # a number that an earlier block has
        row(17),  # ... and one that this block has
        row(11, age="12 or 13"),
        row(11, age=" 43 "),
        row(11, age="9223372036854775808"),
        row(11, text=" \u200b "),
        row(11, text="NULL"),
        row(11, text="x" * 20_001),
        "",
    ],
)
def test_one_odd_row_changes_nothing_for_the_others(odd: str) -> None:
    both_ways(*map(row, range(10)), odd, *map(row, range(12, 30)))


@pytest.mark.usefixtures("small_chunks")
def test_a_column_whose_first_value_comes_late_is_no_other_type() -> None:
    both_ways(*[row(number, age="old") for number in range(20)], *map(row, range(20, 30)))
    both_ways(*[row(number, age="old") for number in range(20)])  # refused: no number at all


def test_blocks_are_really_taken_and_leave_as_the_rows_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the tests above would compare the slow way with itself."""
    monkeypatch.setattr(parsing, "_CHUNK_ROWS", 7)
    asked = []
    monkeypatch.setattr(parsing, "_review", lambda *_: asked.append(1))
    frames: list[pd.DataFrame] = []
    data = "\n".join([HEADER, *map(row, range(20)), ""]).encode()
    assert parse_reviews(NAME, io.BytesIO(data), CONTRACT, LIMITS, frames.append, lambda _: None).num_accepted == 20
    assert asked == []
    assert [len(frame) for frame in frames if len(frame)] == [7, 7, 6]


def test_of_two_readers_that_disagree_none_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewloop.core.delivery.dialect.Evidence.num_rows", property(lambda _: 3, lambda *_: None), raising=False)
    found = outcome(NAME, "\n".join([HEADER, *map(row, range(5)), ""]).encode(), by_columns=True)
    assert found.told == "a.csv: one reader counts 3 rows, another 5; neither can be trusted"


def test_cells_that_are_not_plain_are_asked_for_once() -> None:
    text = next(column for column in CONTRACT.columns if column.field == "title")
    asked: list[str | None] = []

    def present(_: object, cell: str | None) -> str | None:
        asked.append(cell)
        return cell if cell == "\u00e9" else None

    found = read_cells(text, pa.array(["A good long title", "nan", "\u00e9", "nan", ""]), present)
    assert asked == ["nan", "\u00e9", ""]
    assert found.is_missing.tolist() == [False, True, False, True, True]
    assert found.values.tolist() == ["A good long title", None, "\u00e9", None, None]


def parquet(rng: np.random.Generator, num_rows: int) -> bytes:
    """A Parquet file of cells of every kind, its columns in the types that writers choose for them."""
    odd = float(rng.choice([0.0, 0.05, 0.3]))
    columns: dict[str, pa.Array] = {}
    for column in CONTRACT.columns:
        gap = rng.random(num_rows) < odd * (column.nullable or rng.random() < 0.2)
        if column.type == "integer":
            low, high = column.range
            numbers = rng.integers((low or 0) - (odd > 0), (high or 500) + 2, num_rows)
            numbers = np.where(rng.random(num_rows) < 0.9, np.arange(num_rows), numbers) if column.role == "key" else numbers
            kind = rng.choice([pa.int64(), pa.int32(), pa.float64(), pa.string(), pa.decimal128(30, 2)])
            values = pa.array(numbers).cast(pa.int64())
            if pa.types.is_floating(kind) and odd:
                values = pa.array(np.where(rng.random(num_rows) < odd, numbers + rng.choice([0.5, 2.0**53, np.nan]), numbers))
        else:
            texts = [
                str(rng.choice([*TEXTS, *column.categories])) if rng.random() < odd else f"It fits {at}" for at in range(num_rows)
            ]
            kind = rng.choice([pa.string(), pa.large_string(), pa.binary(), pa.dictionary(pa.int32(), pa.string())])
            values = pa.array(texts, pa.string())
        columns[column.column] = pc.if_else(pa.array(gap), pa.scalar(None, values.type), values).cast(kind)
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, row_group_size=int(rng.integers(1, 30)))
    return sink.getvalue()


TEXTS = (
    "",
    " ",
    "nan",
    "N/A",
    "General",
    "\u200b",
    "caf\u00e9",
    "x\0y",
    "It fits, so much.",
    'a "word"',
    "Two\nlines",
    "\U0001f457",
)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("seed", range(40))
def test_a_drawn_parquet_file_is_read_alike(seed: int) -> None:
    data = parquet(np.random.default_rng([8, seed]), 60)
    columns, rows = (outcome("a.parquet", data, by_columns=by_columns) for by_columns in (True, False))
    assert columns == rows
