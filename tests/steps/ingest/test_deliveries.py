"""Landing and parsing on the real local S3: late, repeated, corrected, unfinished and declared deliveries."""

import csv
import gzip
import io
from pathlib import Path

import pandas as pd
import pytest

from reviewloop.adapters.catalog import glue
from reviewloop.adapters.lake import artifacts, inbox, s3
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.contracts import load_contract
from reviewloop.core.digests import bytes_digest
from reviewloop.errors import DataRejected, TransientError
from reviewloop.refs import BatchRef, CuratedRef
from reviewloop.settings import settings
from reviewloop.steps.ingest.check_counts import check_counts
from reviewloop.steps.ingest.curate import curate
from reviewloop.steps.ingest.land import land
from reviewloop.steps.ingest.parse import parse
from reviewloop.steps.ingest.publish_day import publish_day
from reviewloop.steps.score.find_curated import find_curated

pytestmark = pytest.mark.contract
DAY = "2026-01-02"
HEADERS = list(load_contract("womens_clothing").headers().values())


def reviews(num_rows: int = 60, text: str = 'Nice, "really"\nnice', age: object = 33) -> list[list[object]]:
    return [[i, 7, age if i == 3 else 33, "T", f"{text} {i}", 5, 1, 0, "General", "Tops", "Knits"] for i in range(num_rows)]


def as_csv(rows: list[list[object]], **dialect: str) -> bytes:
    sink = io.StringIO(newline="")
    csv.writer(sink, **dialect).writerows([HEADERS, *rows])
    return sink.getvalue().encode()


def put(data: bytes, name: str = "reviews.csv", **metadata: str) -> str:
    place = s3.lake_uri("inbox/reviews", DAY, "")
    for old in s3.list_uris(place):
        s3.client().delete_object(Bucket=s3.split_uri(old)[0], Key=s3.split_uri(old)[1])
    bucket, key = s3.split_uri(place + name)
    s3.client().put_object(Bucket=bucket, Key=key, Body=data, Metadata=metadata)
    return place + name


def parsed(data: bytes, name: str = "reviews.csv", **metadata: str) -> BatchRef:
    put(data, name, **metadata)
    return parse(land(DAY))


def curated(data: bytes) -> CuratedRef:
    return publish_day(check_counts(curate(parsed(data))))


def rows_of(ref: CuratedRef) -> pd.DataFrame:
    return from_parquet(artifacts.open_artifact(ref.uri).read("reviews.parquet"))


def formats() -> dict[str, bytes]:
    frame = pd.DataFrame(reviews(), columns=HEADERS)
    sink = io.BytesIO()
    frame.to_parquet(sink, index=False)
    plain = {
        "a.csv": as_csv(reviews()),
        "b.csv": b"\xef\xbb\xbf" + as_csv(reviews(), delimiter=";", lineterminator="\n"),
        "c.csv": as_csv(reviews(), delimiter="|", quotechar="'", quoting=csv.QUOTE_ALL),
        "d.tsv": as_csv(reviews(), delimiter="\t"),
        "e.jsonl": frame.to_json(orient="records", lines=True).encode(),
        "f.parquet": sink.getvalue(),
    }
    return plain | {f"{name}.gz": gzip.compress(data) for name, data in plain.items()}


def test_every_format_gives_the_same_rows(lake: str) -> None:
    told = pd.DataFrame()
    for name, data in formats().items():
        batch = parsed(data, name, rows="60", sha256=bytes_digest(data))
        assert (batch.num_landed, batch.num_accepted) == (60, 60), name
        read = from_parquet(artifacts.open_artifact(batch.uri).read("accepted.parquet"))
        told = read if told.empty else told
        pd.testing.assert_frame_equal(read, told)
    assert told["text"].iloc[59] == 'Nice, "really"\nnice 59'


def test_a_corrected_file_supersedes_and_both_versions_stay_readable(lake: str) -> None:
    first = curated(as_csv(reviews()))
    second = curated(as_csv(reviews(text="Better")))
    assert [found.batch for found in glue.partitions("reviews")] == [second.batch]
    assert rows_of(first)["text"].iloc[0] != rows_of(second)["text"].iloc[0] == "Better 0"
    assert find_curated(DAY) == second
    back = curated(as_csv(reviews()))
    assert back == find_curated(DAY)
    assert (back.batch, back.landed_at > second.landed_at) == (first.batch, True)


def test_a_correction_of_quarantined_rows_only_is_a_version_of_its_own(lake: str) -> None:
    first = curated(as_csv([*reviews(), [99, 7, "x", "", "a", 5, 1, 0, "", "", ""], [98, 7, "y", "", "b", 5, 1, 0, "", "", ""]]))
    second = curated(as_csv([*reviews(), [99, 7, "x", "", "a", 5, 1, 0, "", "", ""]]))
    assert (first.num_quarantined, second.num_quarantined) == (2, 1)
    assert first.batch != second.batch
    pd.testing.assert_frame_equal(rows_of(first), rows_of(second))
    assert find_curated(DAY) == second


def test_what_the_producer_declares_must_be_so(lake: str) -> None:
    data = as_csv(reviews())
    for declared, reason in (
        ({"rows": "61"}, r"reviews\.csv: its producer declares 61 rows, 60 were read; send it again"),
        ({"rows": "many"}, r"declares 'many' rows in the object's metadata; write the number"),
        ({"sha256": "ab" * 32}, r"declares sha256 abababababababab, its bytes have [0-9a-f]{16}; send it again"),
    ):
        with pytest.raises(DataRejected, match=reason) as refused:
            parsed(data, **declared)
        assert s3.read_json(refused.value.page_uri or "")["verdict"] == "fail"
    assert parsed(data, rows="60").num_landed == 60


def test_a_refused_delivery_keeps_its_raw_copy_and_the_original(lake: str) -> None:
    uri = put(b"\x1f\x8b cut off", "reviews.csv.gz")
    delivery = land(DAY)
    with pytest.raises(DataRejected, match=r"contract: reviews\.csv\.gz: gzip: "):
        parse(delivery)
    assert s3.read_bytes(uri) == artifacts.open_artifact(delivery.uri).read("reviews.csv.gz") == b"\x1f\x8b cut off"


def test_a_file_still_being_written_is_tried_again_later(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = put(b"first part")
    copy = s3.download

    def written_before(place: str, path: Path, etag: str | None = None) -> str:
        s3.write_bytes(uri, b"first part, second part")
        return copy(place, path, etag)

    def written_after(place: str, path: Path, etag: str | None = None) -> str:
        digest = copy(place, path, etag)
        s3.write_bytes(uri, b"first part, second part, third part")
        return digest

    monkeypatch.setattr(inbox.s3, "download", written_before)
    with pytest.raises(TransientError, match="another version took its place while it was read"):
        land(DAY)
    monkeypatch.setattr(inbox.s3, "download", written_after)
    with pytest.raises(TransientError, match=r"still being written \(23 bytes, then 35\)"):
        land(DAY)
    assert not list(s3.list_uris(s3.lake_uri("raw")))
    monkeypatch.setattr(inbox.s3, "download", copy)
    assert land(DAY).num_bytes == 35


def test_a_fresh_object_is_watched_until_it_is_quiet(lake: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    uri = put(b"new")
    naps: list[float] = []
    monkeypatch.setattr("reviewloop.adapters.lake.inbox.time.sleep", naps.append)
    place = s3.lake_uri("inbox/reviews", DAY, "")
    inbox.copy(inbox.find(place), place, tmp_path / "object", 60)
    inbox.copy(inbox.find(place), place, tmp_path / "object", 0)
    assert 50 < naps[0] <= 60
    assert naps[1] == 0
    assert (tmp_path / "object").read_bytes() == s3.read_bytes(uri)


def test_the_catalog_has_the_comments_of_the_contract(lake: str) -> None:
    curated(as_csv(reviews()))
    table = glue.client().get_table(DatabaseName=settings().database, Name="reviews")["Table"]
    comments = {column["Name"]: column["Comment"] for column in table["StorageDescriptor"]["Columns"]}
    assert comments == load_contract("womens_clothing").comments()
    assert comments["recommended"].endswith("never a model input: it leaks the label")
    assert all(comments.values())


def test_nothing_is_left_in_the_work_directory(lake: str) -> None:
    curated(as_csv(reviews()))
    with pytest.raises(DataRejected):
        parsed(b"nothing of this")
    assert [path.name for path in settings().work_dir.rglob("*")] == ["scratch"]
