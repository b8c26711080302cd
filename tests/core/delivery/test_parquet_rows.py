"""Parquet of other writers: newer types of text, ids that floats cannot hold, columns that nobody asked for."""

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.helpers.contracts import LIMITS

from reviewloop.contracts import load_contract
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.errors import DataRejected

CONTRACT = load_contract("womens_clothing")
HEADERS = list(CONTRACT.headers().values())
SNOWFLAKE = 1729384756102938475
TEXTS = ("Title", "Review Text", "Division Name", "Department Name", "Class Name")


def table(num_rows: int = 20, first_id: int = 0, **columns: pa.Array) -> pa.Table:
    cells = (1, 10, 33, None, "Caf\u00e9 \U0001f457", 5, 1, 0, "General", "Tops", "Knits")
    whole = {name: pa.array([cell] * num_rows) for name, cell in zip(HEADERS, cells, strict=True)}
    return pa.table(whole | {"": pa.array(range(first_id, first_id + num_rows))} | columns)


def written(rows: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(rows, sink)
    return sink.getvalue()


def parse(data: bytes, name: str = "a.parquet") -> Any:
    return parse_whole(name, data, CONTRACT, LIMITS)


def refusal(data: bytes, name: str = "a.parquet") -> str:
    with pytest.raises(DataRejected) as refused:
        parse(data, name)
    return refused.value.reason.removeprefix(f"{name}: ")


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.binary_view(),
        pa.dictionary(pa.int32(), pa.string()), pa.dictionary(pa.int8(), pa.large_string()), pa.dictionary(pa.int8(), pa.binary()),
    ],
    ids=str,
)  # fmt: skip
def test_every_type_of_text_is_text(kind: pa.DataType) -> None:
    rows = table()
    for name in TEXTS:
        values = rows[name].combine_chunks().cast(pa.string())
        index = rows.column_names.index(name)
        is_dictionary = pa.types.is_dictionary(kind)
        cast = values.cast(kind.value_type).dictionary_encode().cast(kind) if is_dictionary else values.cast(kind)
        rows = rows.set_column(index, name, cast)
    parsed, accepted, _ = parse(written(rows))
    assert parsed.num_accepted == 20
    assert accepted["text"][0] == "Caf\u00e9 \U0001f457"
    assert accepted["title"].isna().all()


def test_bytes_that_are_no_text_are_refused_with_column_and_type() -> None:
    reason = refusal(written(table(**{"Review Text": pa.array([b"caf\xe9"] * 20)})))
    assert reason == "column 'Review Text' (binary) holds bytes that are no UTF-8; write its texts as UTF-8"


def test_a_type_that_is_no_text_is_named() -> None:
    reason = refusal(written(table(**{"Review Text": pa.array([["a", "b"]] * 20)})))
    assert reason.startswith("header: retyped column 'Review Text' is list<")


@pytest.mark.parametrize(
    "extra",
    [
        pa.array([253402300800000] * 20, pa.timestamp("ms")),
        pa.array([2**31 - 1] * 20, pa.date32()),
        pa.array([2**62] * 20, pa.timestamp("us", tz="Nowhere/At_All")),
        pa.array([2**62] * 20, pa.duration("s")),
        pa.array([{"a": 1}] * 20),
    ],
    ids=["year 10000", "year 5 million", "zone", "duration", "struct"],
)
def test_a_column_that_nobody_asked_for_is_not_read(extra: pa.Array) -> None:
    parsed, _, _ = parse(written(table(**{"valid until": extra, "Title.de": pa.array(["Titel"] * 20)})))
    assert parsed.num_accepted == 20
    assert parsed.extra_columns == ["valid until", "Title.de"]


def ids(rows: pa.Table) -> dict[str, bytes]:
    frame = rows.to_pandas()
    return {
        "a.csv": frame.to_csv(index=False).encode(),
        "a.tsv": frame.to_csv(index=False, sep="\t").encode(),
        "a.jsonl": "".join(json.dumps(row) + "\n" for row in rows.to_pylist()).encode(),
        "b.jsonl": "".join(json.dumps(row | {"": str(row[""])}) + "\n" for row in rows.to_pylist()).encode(),
        "a.parquet": written(rows),
        "b.parquet": written(rows.set_column(0, "", rows[""].cast(pa.decimal128(20, 0)))),
        "c.parquet": written(rows.set_column(0, "", rows[""].cast(pa.uint64()))),
    }


def test_ids_of_19_digits_are_exact_in_every_format() -> None:
    for name, data in ids(table(first_id=SNOWFLAKE)).items():
        assert list(parse(data, name)[1]["review_id"]) == list(range(SNOWFLAKE, SNOWFLAKE + 20)), name


def test_ids_that_floats_have_rounded_are_refused() -> None:
    rows = table(first_id=SNOWFLAKE)
    floats = rows.set_column(0, "", pa.array([float(one) for one in rows[""].to_pylist()]))
    rounded = {
        "a.parquet": written(floats),
        "a.csv": floats.to_pandas().to_csv(index=False).encode(),
        "b.csv": floats.to_pandas().to_csv(index=False, float_format="%.1f").encode(),
        "a.jsonl": "".join(json.dumps(row) + "\n" for row in floats.to_pylist()).encode(),
    }
    for name, data in rounded.items():
        reason = refusal(data, name)
        assert reason.startswith("retyped column '' holds no integer, first '1"), name
        assert reason.endswith("beyond 2**53 are not exact as floats, send them as integers or as text"), name


@pytest.mark.parametrize(("kind", "bound"), [(pa.float64(), 2**53), (pa.float32(), 2**24), (pa.float16(), 2**11)])
def test_a_float_is_an_integer_below_its_exact_range_only(kind: pa.DataType, bound: int) -> None:
    values = [float(number) for number in (*range(18), bound - 1, bound)]
    rows = table().set_column(0, "", pa.array(values, pa.float64()).cast(kind))
    parsed, accepted, quarantine = parse(written(rows))
    assert dict(parsed.reasons) == {"review_id_not_an_integer": 1}
    assert list(quarantine["row"]) == [20]
    assert accepted["review_id"].max() == bound - 1
