import gzip
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from reviewloop.adapters.lake import inbox, s3
from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.errors import DataRejected
from reviewloop.refs import BatchRef, CuratedRef
from reviewloop.steps.ingest.land import land
from reviewloop.steps.ingest.parse import parse
from reviewloop_local.errors import LocalError
from reviewloop_local.loop.deliver import read_delivery, tell
from reviewloop_local.loop.follow import Watch
from reviewloop_local.loop.replay import Delivery, deliver
from reviewloop_local.stack.ports import Ports

DAY = "2026-01-05"
HEADER = list(load_contract("womens_clothing").headers().values())


def rows(num_rows: int) -> list[list[Any]]:
    return [[at, 7, 40, "", 'good, "soft"\nand warm', 5, 1, 0, "General", "Tops", "Knits"] for at in range(num_rows)]


def frame(num_rows: int) -> pd.DataFrame:
    return pd.DataFrame(rows(num_rows), columns=HEADER)


def csv_file(folder: Path, num_rows: int = 3) -> Path:
    path = folder / "my own.csv"
    frame(num_rows).to_csv(path, index=False)
    return path


def test_the_rows_of_every_format_are_counted_and_its_name_says_the_format(tmp_path: Path):
    csv_file(tmp_path)
    (tmp_path / "a.CSV.gz").write_bytes(gzip.compress((tmp_path / "my own.csv").read_bytes()))
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(dict(zip(HEADER, row, strict=True))) + "\n" for row in rows(3)))
    frame(3).to_parquet(tmp_path / "c.parquet", index=False)

    read = [read_delivery(str(path), DAY) for path in sorted(tmp_path.iterdir())]

    assert [(found.name, found.num_rows) for found in read] == [
        ("reviews.csv.gz", 3),
        ("reviews.jsonl", 3),
        ("reviews.parquet", 3),
        ("reviews.csv", 3),
    ]


@pytest.mark.parametrize(
    ("file", "day", "says"),
    [
        ("", DAY, "FILE: '' is not a file; write make deliver FILE=\"path/to/reviews.csv\" DAY=2026-01-05$"),
        (".", DAY, "FILE: '.' is not a file"),
        ("no such.csv", DAY, "FILE: 'no such.csv' is not a file"),
        ("{file}", "", "DAY: '' is not a date; write the day that the reviews are of as YYYY-MM-DD$"),
        ("{file}", "5.1.2026", "DAY: '5.1.2026' is not a date"),
        ("{file}", "2026-02-30", "DAY: '2026-02-30' is not a date"),
        ("{file}", "20260105", "DAY: '20260105' is not a date"),
    ],
)
def test_a_mistake_is_told_in_one_line(tmp_path, file, day, says):
    with pytest.raises(LocalError, match=says):
        read_delivery(file.format(file=csv_file(tmp_path)), day)


def test_a_file_that_breaks_the_contract_is_not_delivered(tmp_path: Path):
    (tmp_path / "other.csv").write_text("id,stars,comment\n1,5,fine\n")
    (tmp_path / "notes.txt").write_text("fine")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"x" * 1000)[:-9])

    for name, says in (("other.csv", "missing column"), ("notes.txt", "ending '.txt' is not one of"), ("cut.csv.gz", "cut off")):
        with pytest.raises(LocalError, match=f"^FILE: {name}: .*{says}.*; nothing was delivered$"):
            read_delivery(str(tmp_path / name), DAY)


@pytest.mark.contract
def test_what_was_delivered_is_declared_and_delivered_once_and_a_correction_takes_its_place(lake: str, tmp_path: Path):
    config = load_config("test")
    first = read_delivery(str(csv_file(tmp_path)), DAY)

    assert [deliver(first, config), deliver(first, config)] == [True, False]
    place = s3.lake_uri(config.dataset.inbox_prefix, DAY, "")
    assert inbox.find(place).declared == {"rows": "3", "sha256": first.digest}
    assert parse(land(DAY)).num_landed == 3

    frame(4).to_parquet(tmp_path / "mended.parquet", index=False)
    assert deliver(read_delivery(str(tmp_path / "mended.parquet"), DAY), config)
    assert inbox.find(place).uri.endswith("/reviews.parquet")
    assert parse(land(DAY)).num_landed == 4


@pytest.mark.contract
def test_a_delivery_that_arrives_damaged_is_refused_by_what_was_declared(lake: str, tmp_path: Path):
    config = load_config("test")
    sent = read_delivery(str(csv_file(tmp_path)), DAY)
    deliver(sent, config)
    place = s3.lake_uri(config.dataset.inbox_prefix, DAY, "reviews.csv")
    s3.write_bytes(place, sent.data.replace(b"warm", b"cold", 1), metadata=sent.declared)
    with pytest.raises(DataRejected, match="its producer declares sha256"):
        parse(land(DAY))


def test_what_ingest_made_of_it_is_told(airflow, api):
    run_id, sink = "delivery__x", io.StringIO()
    airflow.add_run("reviews_ingest", run_id, conf={"day": DAY})
    batch = BatchRef(day=DAY, uri="u", digest="d", delivery_uri="v", num_landed=9, num_accepted=8, num_quarantined=1,
                     reasons={"text_missing": 1})  # fmt: skip
    airflow.add_task(run_id, "parse", returned=batch)
    airflow.add_task(
        run_id,
        "publish_day",
        returned=CuratedRef(day=DAY, batch="b", uri="u", digest="d", num_landed=9, num_rows=8, num_quarantined=1),
    )
    watch = Watch(api, {run_id})
    list(watch.look())

    assert tell(api, Ports(), watch, Console(file=sink, width=120)) == 0
    assert "1 text missing" in sink.getvalue()
    assert f"In the lake: 8 rows of {DAY}." in sink.getvalue()


def test_a_refused_delivery_says_by_which_gate_and_is_a_failure(airflow, api):
    run_id, sink = "delivery__x", io.StringIO()
    airflow.add_run("reviews_ingest", run_id, "failed", conf={"day": DAY})
    airflow.add_task(run_id, "validate", "failed")
    airflow.logs[(run_id, "validate")] = [
        {"event": "x", "error_detail": [{"exc_type": "DataRejected", "exc_value": "quality: rating: 3 rows of 9"}]}
    ]
    watch = Watch(api, {run_id})
    list(watch.look())

    assert tell(api, Ports(), watch, Console(file=sink, width=200)) == 1
    assert "DataRejected: quality: rating: 3 rows of 9" in sink.getvalue()
    assert "In the lake" not in sink.getvalue()


def test_the_replays_own_objects_declare_their_bytes():
    assert Delivery(DAY, b"x").declared == {"sha256": Delivery(DAY, b"x").digest}
