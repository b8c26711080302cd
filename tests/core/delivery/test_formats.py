import io
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import pytest
from tests.helpers.contracts import LIMITS

from reviewloop.config import Column
from reviewloop.core.delivery.formats import open_table
from reviewloop.core.delivery.rows import Row
from reviewloop.errors import DataRejected


@dataclass
class Read:
    header: list[str]
    rows: list[Row]


def text_columns(*headers: str) -> list[Column]:
    rest = {"type": "string", "nullable": True, "role": "other", "never_model_input": "a test", "description": "text"}
    return [Column(field=f"field_{number}", column=header, **rest) for number, header in enumerate(headers)]


def read_table(name: str, data: bytes, columns: Sequence[Column] = ()) -> Read:
    table = open_table(name, io.BytesIO(data), LIMITS, columns)
    return Read(list(table.header), list(table.rows))


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(DataRejected) as refused:
        read_table(name, data)
    assert refused.value.gate == "contract"
    assert "\n" not in refused.value.reason
    return refused.value.reason


def test_a_row_is_a_record_and_not_a_line() -> None:
    table = read_table("a.csv", b'\xef\xbb\xbfid,text\r\n1,"two\r\nlines, ""quoted"""\r\n\r\n2,=SUM(A1)\r\n')
    assert table.header == ["id", "text"]
    assert table.rows == [Row(1, ["1", 'two\r\nlines, "quoted"']), Row(2, ["2", "=SUM(A1)"])]


def test_a_row_with_too_many_or_too_few_cells_keeps_its_number_and_cells() -> None:
    table = read_table("a.csv", b"a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert [(row.number, list(row.cells)) for row in table.rows if row.fault == "wrong_number_of_cells"] == [
        (2, ["3"]),
        (3, ["4", "5", "6"]),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "a.csv: the file is empty (0 bytes); send the day's rows with their header"),
        (b"\xef\xbb\xbf\n", "a.csv: the file is empty (4 bytes); send the day's rows with their header"),
        (b"a,b\n", "a.csv: a header and no row; send the day's rows"),
        (b"a,b,a\n1,2,3\n", "a.csv: header: column 'a' stands there twice; which one is meant cannot be known"),
        (b"\xef\xbb\xbfa,b\n1,caf\xe9\n", "a.csv: not UTF-8 at byte 12 (0xe9); write the file as UTF-8"),
        (b'a,b\n1,2\n3,"cut', "a.csv: row 2 (line 3): a quoted cell never closes; the file is cut off, send it again"),
        (b'"a,b\n1,2\n', "a.csv: the header (line 1): a quoted cell never closes; the file is cut off, send it again"),
        (b"a,b\n1,2\n3", "a.csv: row 2 (the last) ends after 1 of 2 cells; the file is cut off, send it again"),
        (b'a,b\n1,"x"y\n', "a.csv: row 1 (line 2): ',' expected after '\"'; a quote inside a quoted cell must be doubled"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_place_and_cause(data: bytes, reason: str) -> None:
    assert refusal("a.csv", data) == reason


def test_an_unclosed_quote_in_a_long_file_is_found_too() -> None:
    assert "row 1 (line 2): a quoted cell never closes" in refusal("a.csv", b'a,b\n1,"' + b"2,3\n" * 50_000)


def test_an_unknown_ending_is_refused_with_the_known_ones() -> None:
    known = ".csv, .tsv, .jsonl, .parquet, or these with .gz; send one of these formats"
    assert refusal("a.xlsx", b"x") == f"a.xlsx: ending '.xlsx' is not one of {known}"
    assert refusal("csv", b"x") == f"csv: ending '' is not one of {known}"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_any_sane_dialect_is_told_from_the_header(delimiter: str, quote: str, end: str) -> None:
    header = [f"{quote}id{quote}", f"{quote}the text{quote}", "n"]
    text = f"it{quote}{quote}s a, b; c | d\te"
    lines = [delimiter.join(header), delimiter.join(["1", f"{quote}{text}{quote}", "2"]), ""]
    table = read_table("a.csv", end.join(lines).encode(), text_columns("id", "the text", "n"))
    assert table.header == ["id", "the text", "n"]
    assert table.rows == [Row(1, ["1", text.replace(quote * 2, quote), "2"])]


def test_the_delimiter_is_the_one_that_finds_the_expected_columns_not_the_most_frequent_character() -> None:
    table = read_table("a.csv", b"id;a, b, c, d, e\n1;x\n", text_columns("id", "a, b, c, d, e"))
    assert table.rows == [Row(1, ["1", "x"])]


def test_an_apostrophe_is_no_quote_where_the_header_has_none() -> None:
    assert read_table("a.csv", b"id,text\n1,'tis\n2,y'all\n").rows == [Row(1, ["1", "'tis"]), Row(2, ["2", "y'all"])]


def test_tab_separated_cells_may_hold_commas() -> None:
    assert read_table("a.TSV", b'a\tb\n1\t"x\ty, z"\n').rows == [Row(1, ["1", "x\ty, z"])]


def test_json_lines_become_cells_and_missing_keys_missing_cells() -> None:
    table = read_table("a.jsonl", b'{"a": 1, "b": "x"}\n\n{"b": null, "c": 2.0}\n')
    assert table.header == ["a", "b", "c"]
    numbers = [{0: "a_number"}, {2: "a_number"}]
    assert table.rows == [Row(1, ["1", "x", None], kinds=numbers[0]), Row(2, [None, None, "2.0"], kinds=numbers[1])]


def test_json_lines_say_of_every_value_that_is_no_string_what_it_is() -> None:
    table = read_table("a.jsonl", b'{"a": [], "b": {}, "c": 1, "d": 1.5, "e": true, "f": "x", "g": null, "h": NaN}\n')
    kinds = {0: "a_list", 1: "an_object", 2: "a_number", 3: "a_number", 4: "a_boolean"}
    assert table.rows == [Row(1, ["[]", "{}", "1", "1.5", "true", "x", None, None], kinds=kinds)]


@pytest.mark.parametrize("line", [b"[1]", b"{", b'{"a": 1, "a": 2}', b'{"a": "\\ud800"}', b"[" * 100_000])
def test_a_line_that_is_no_sound_object_is_one_faulty_row(line: bytes) -> None:
    table = read_table("a.jsonl", b'{"a": 1}\n' + line + b'\n{"a": 3}\n')
    assert [row.fault for row in table.rows] == [None, "malformed_json", None]


def test_json_lines_that_end_inside_an_object_are_cut_off() -> None:
    assert "row 2 (the last) is not whole JSON" in refusal("a.jsonl", b'{"a": 1}\n{"a": ')


def test_parquet_cells_read_like_csv_cells() -> None:
    sink = io.BytesIO()
    pd.DataFrame({"": [0, 1], "n": [1.0, None], "t": ["x", None]}).to_parquet(sink, index=False)
    table = read_table("a.parquet", sink.getvalue())
    assert table.rows == [Row(1, ["0", "1.0", "x"]), Row(2, ["1", None, None])]
    assert "not a whole Parquet file" in refusal("a.parquet", sink.getvalue()[:-20])
