import io
from collections.abc import Mapping

import pyarrow as pa
import pytest
from tests.helpers.contracts import LIMITS

from reviewloop.core.lake.inference import FileShape, format_of, hive_type, merged, shape_of, wider
from reviewloop.core.lake.partitions import partitions_of
from reviewloop.errors import PermanentError


@pytest.mark.parametrize(
    ("arrow", "hive"),
    [
        (pa.int32(), "int"),
        (pa.uint32(), "bigint"),
        (pa.float32(), "float"),
        (pa.decimal128(10, 2), "decimal(10,2)"),
        (pa.timestamp("us"), "timestamp"),
        (pa.date32(), "date"),
        (pa.string_view(), "string"),
        (pa.dictionary(pa.int8(), pa.string()), "string"),
        (pa.null(), None),
        (pa.list_(pa.struct([("A", pa.int64()), ("b", pa.null())])), "array<struct<a:bigint,b:string>>"),
    ],
)
def test_an_arrow_type_has_its_hive_type(arrow: pa.DataType, hive: str | None) -> None:
    assert hive_type(arrow) == hive


def test_a_type_that_athena_lacks_is_refused() -> None:
    with pytest.raises(PermanentError, match=r"crawl: type time64\[us\]: Athena has none for it"):
        hive_type(pa.time64("us"))


def test_numbers_widen_and_nothing_else_does() -> None:
    assert wider("int", "bigint") == wider("bigint", "int") == "bigint"
    assert wider("bigint", "double") == "double"
    assert wider(None, "date") == wider("date", None) == "date"
    with pytest.raises(ValueError, match="boolean and bigint"):
        wider("boolean", "bigint")


def shape(path: str, columns: Mapping[str, str | None]) -> FileShape:
    return FileShape(path, "parquet", dict(columns))


def test_a_conflict_names_the_files_that_disagree_and_an_empty_column_is_text() -> None:
    assert merged([shape("a", {"x": None, "y": "int"}), shape("b", {"y": "double", "z": None})]) == {
        "x": "string", "y": "double", "z": "string",
    }  # fmt: skip
    with pytest.raises(PermanentError, match="crawl: column x: double in b, string in d"):
        merged([shape("a", {"x": "int"}), shape("b", {"x": "double"}), shape("c", {"x": "int"}), shape("d", {"x": "string"})])


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-2"], "bigint"),
        (["1", "2.5"], "double"),
        (["1e3", ".5"], "double"),
        (["true", "false"], "boolean"),
        (["1", "true"], "string"),
        (["1", ""], "string"),
        (["2026-01-01"], "string"),
        (["1234567890123456789", "-9223372036854775808"], "bigint"),
        (["1", "9223372036854775808"], "string"),
        (["99999999999999999999"], "string"),
        (["007", "012"], "string"),
        (["0", "-0.5", "+3"], "double"),
        (["00.5"], "string"),
    ],
)
def test_a_csv_column_is_what_all_its_cells_are(cells: list[str], kind: str) -> None:
    data = "\n".join(["n,m", *(f"{cell},x" for cell in cells), ""]).encode()
    assert shape_of("a.csv", io.BytesIO(data), LIMITS).columns == {"n": kind, "m": "string"}


def test_a_json_number_that_no_bigint_holds_is_refused_in_one_line() -> None:
    data = b'{"id": 1}\n{"id": 18446744073709551615}\n'
    with pytest.raises(PermanentError, match=r"^crawl: a\.jsonl: rows 1 to 2: a whole number beyond 64 bits; send it as text$"):
        shape_of("a.jsonl", io.BytesIO(data), LIMITS)


def test_partitions_are_told_from_folders() -> None:
    assert partitions_of(["a.csv", "b.csv"]) == ((), {(): ""})
    paths = ["Day=2026-01-01/place=New%20York/a.csv", "Day=2026-01-01/place=New%20York/b.csv", "day=2026-01-02/place=x/a.csv"]
    assert partitions_of(paths) == (
        ("day", "place"),
        {("2026-01-01", "New York"): "Day=2026-01-01/place=New%20York", ("2026-01-02", "x"): "day=2026-01-02/place=x"},
    )


@pytest.mark.parametrize("path", ["a.xlsx", "a", "a.parquet.gz", "a.orc"])
def test_a_file_that_no_table_can_be_made_of_is_named(path: str) -> None:
    with pytest.raises(PermanentError, match=f"crawl: {path}: a table can be made of"):
        format_of(path)
