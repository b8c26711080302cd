"""A prefix never seen becomes a table that Athena reads."""

import gzip
import io

import pandas as pd
import pytest

from reviewloop.adapters.catalog import athena, glue
from reviewloop.adapters.lake import s3
from reviewloop.errors import PermanentError
from reviewloop.settings import settings
from reviewloop.steps.lake.crawl import crawl

pytestmark = pytest.mark.contract


def put(files: dict[str, bytes]) -> str:
    for path, data in files.items():
        s3.write_bytes(s3.lake_uri("drop", path), data)
    return s3.lake_uri("drop")


def parquet(**columns: list[object]) -> bytes:
    sink = io.BytesIO()
    pd.DataFrame(columns).to_parquet(sink, index=False)
    return sink.getvalue()


def in_catalog(table: str) -> dict[str, str]:
    found = glue.client().get_table(DatabaseName=settings().database, Name=table)["Table"]
    return {column["Name"]: column["Type"] for column in found["StorageDescriptor"]["Columns"]}


def rows(sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in athena.run("test", sql).itertuples(index=False)]


def test_partitioned_parquet_widens_its_types_and_a_second_crawl_follows_the_files(lake: str) -> None:
    prefix = put(
        {
            "year=2025/land=DE/a.parquet": parquet(id=[1, 2], price=[1, 2], note=["x", None]),
            "year=2026/land=FR/b.parquet": parquet(id=[3], price=[2.5], added=[True]),
            "_hidden/x.txt": b"not a table's file",
        }
    )
    found = crawl(prefix, "shops")
    assert found.columns == {"id": "bigint", "price": "double", "note": "string", "added": "boolean"} == in_catalog("shops")
    assert (found.partition_keys, found.num_files, found.num_partitions) == (("year", "land"), 2, 2)
    assert rows("SELECT year, land, COUNT(*) AS n, SUM(price) AS total FROM shops GROUP BY year, land ORDER BY year") == [
        ("2025", "DE", 2, 3.0),
        ("2026", "FR", 1, 2.5),
    ]
    assert crawl(prefix, "shops") == found
    bucket, key = s3.split_uri(f"{prefix}/year=2025/land=DE/a.parquet")
    s3.client().delete_object(Bucket=bucket, Key=key)
    put({"year=2027/land=IT/c.parquet": parquet(id=[4], price=[1.5])})
    assert crawl(prefix, "shops").num_partitions == 2
    values = {tuple(found["Values"]) for found in glue.registered(settings().database, "shops")}
    assert values == {("2026", "FR"), ("2027", "IT")}


def test_csv_of_another_dialect_and_gzip(lake: str) -> None:
    head = b"Id;Unit Price;In stock;Name;\n"
    prefix = put({"a.csv": head + b"1;2.5;true;'x;\n", "b.csv.gz": gzip.compress(head + b'2;3;false;"y; z";\n')})
    found = crawl(prefix, "shops")
    assert found.columns == {"id": "bigint", "unit_price": "double", "in_stock": "boolean", "name": "string", "column_5": "string"}
    storage = glue.client().get_table(DatabaseName=settings().database, Name="shops")["Table"]["StorageDescriptor"]
    assert storage["SerdeInfo"]["Parameters"] == {"separatorChar": ";", "quoteChar": '"'}
    put({"a.csv": head + b"1;2.5;true;x;\n"})
    s3.client().delete_object(Bucket=lake, Key="drop/b.csv.gz")  # the local Athena unpacks no gzip
    assert rows("SELECT id, unit_price, in_stock, name FROM shops") == [(1, 2.5, True, "x")]


def test_json_lines_with_nested_values(lake: str) -> None:
    prefix = put({"a.jsonl": b'{"id": 1, "tags": ["a"], "size": {"W": 2}}\n\n{"id": 2.5, "gone": null}\n'})
    found = crawl(prefix, "shops")
    assert found.columns == {"id": "double", "tags": "array<string>", "size": "struct<w:bigint>", "gone": "string"}
    assert rows("SELECT COUNT(*) AS n, SUM(id) AS total FROM shops") == [(2, 3.5)]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, r"prefix: no file under s3://lake-\w+/drop/$"),
        (
            {"a.parquet": parquet(a=[1]), "b.parquet": parquet(a=["x"])},
            r"crawl: column a: bigint in a\.parquet, string in b\.parquet$",
        ),
        ({"a.csv": b"a\n1\n", "b.jsonl": b'{"a": 1}\n'}, r"a\.csv is csv, b\.jsonl is json: a table has one format"),
        ({"a.csv": b"a,b\n1,2\n", "b.csv": b"b,a\n1,2\n"}, r"a\.csv and b\.csv have other headers or delimiters"),
        ({"x=1/a.csv": b"a\n1\n", "y=1/b.csv": b"a\n1\n"}, r"y=1/b\.csv is partitioned by y, x=1/a\.csv by x"),
        ({"x/a.csv": b"a\n1\n"}, r"x/a\.csv: folder 'x' is not key=value"),
        ({"a=1/a.csv": b"a\n1\n"}, r"a is a folder's key and a column of the files"),
        ({"a.csv": b'a,b\n1,"x\ny"\n'}, r"a\.csv: row 1: a cell has a line break, which Athena's CSV reader cannot read"),
        ({"a.csv": b"a,b\n1\n2,3\n"}, r"a\.csv: row 1: wrong_number_of_cells"),
        ({"a.txt": b"a"}, r"a\.txt: a table can be made of \.parquet"),
        ({"a.parquet": b"PAR1 not really"}, r"crawl: a\.parquet: not a whole Parquet file"),
        ({"a.jsonl": b'{"a": 1}\n{"a": "x"}\n'}, r"a\.jsonl: rows 1 to 2: "),
        ({"a.csv": b"a,A\n1,2\n"}, r"a\.csv: column 'a': stands there twice"),
    ],
)
def test_files_that_do_not_go_together_are_named_in_one_line(lake: str, files: dict[str, bytes], reason: str) -> None:
    with pytest.raises(PermanentError, match=reason) as refused:
        crawl(put(files), "shops")
    assert "\n" not in str(refused.value)
    assert glue.registered(settings().database, "shops") == []


def test_a_table_that_no_crawl_made_is_left_alone(lake: str) -> None:
    glue.register_partition("reviews", {"a": "bigint"}, "2026-01-01", "x", s3.lake_uri("t/day=2026-01-01/batch=x"))
    with pytest.raises(PermanentError, match="table: 'reviews' is there already and was not made by a crawl; give another name"):
        crawl(put({"a.csv": b"a\n1\n"}), "reviews")
    with pytest.raises(PermanentError, match="table: 'No Table' is no name of a table"):
        crawl(put({"a.csv": b"a\n1\n"}), "No Table")
