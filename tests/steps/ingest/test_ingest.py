"""The ingest steps on the real local S3, Glue and Athena."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewloop.adapters.catalog import athena, glue
from reviewloop.adapters.lake import artifacts, s3
from reviewloop.adapters.lake.frames import from_parquet
from reviewloop.errors import DataRejected, PermanentError
from reviewloop.pages.links import path_below_reports
from reviewloop.refs import BatchRef, CuratedRef, DeliveryRef
from reviewloop.steps.ingest.check_bias import check_bias
from reviewloop.steps.ingest.check_counts import check_counts
from reviewloop.steps.ingest.curate import curate
from reviewloop.steps.ingest.land import land
from reviewloop.steps.ingest.parse import parse
from reviewloop.steps.ingest.publish_day import publish_day
from reviewloop.steps.ingest.validate import validate

pytestmark = pytest.mark.contract
DAY = "2026-01-02"
HEADER = ["", "Clothing ID", "Age", "Title", "Review Text", "Rating", "Recommended IND", "Positive Feedback Count"]
HEADER += ["Division Name", "Department Name", "Class Name"]


def reviews(num_rows: int = 200, **changes: Callable[[int], object]) -> list[list[object]]:
    """Plausible rows; ``changes`` maps a header cell to a function of the row number."""
    rows = []
    for i in range(num_rows):
        row: dict[str, object] = {"": i, "Clothing ID": i % 7, "Age": 25 + i % 45, "Title": f"Fine {i % 9}, \n really"}
        row |= {"Review Text": f'The dress {i} is, "so" nice', "Rating": (1, 3, 5, 5, 5, 4, 5, 5, 4, 5)[i % 10]}
        row |= {"Positive Feedback Count": i // 10 % 3, "Department Name": ("Tops", "Dresses")[i // 10 % 2]}
        row |= {"Division Name": ("General", "General Petite")[i // 20 % 2], "Class Name": ("Knits", "Jeans")[i // 40 % 2]}
        row |= {name: change(i) for name, change in changes.items()}
        row = {"Recommended IND": int(row["Rating"] in (3, 4, 5))} | row
        rows.append([row[name] for name in HEADER])
    return rows


def as_csv(rows: list[list[object]]) -> bytes:
    sink = io.StringIO()
    csv.writer(sink).writerows([HEADER, *rows])
    return sink.getvalue().encode()


def put(data: bytes, name: str = "reviews.csv", day: str = DAY) -> str:
    return s3.write_bytes(s3.lake_uri("inbox/reviews", day, name), data)


def ingest(day: str = DAY) -> CuratedRef:
    batch = parse(land(day))
    validate(batch)
    check_bias(batch)
    return publish_day(check_counts(curate(batch)))


def parsed(rows: list[list[object]]) -> BatchRef:
    put(as_csv(rows))
    return parse(land(DAY))


def test_a_day_goes_from_the_inbox_to_athena_and_a_rerun_changes_nothing(lake: str) -> None:
    data = as_csv([*reviews(), [500, 1, 33, "", "", 5, 1, 0, "", "", ""], [501, 1]])
    put(data)
    curated = ingest()
    assert (curated.num_landed, curated.num_rows, curated.num_quarantined) == (202, 200, 2)
    before = sorted(s3.list_uris(s3.lake_uri("curated")))
    again = ingest()
    assert again == curated.model_copy(update={"landed_at": again.landed_at})
    assert sorted(s3.list_uris(s3.lake_uri("curated"))) == before
    assert [(p.day, p.batch, p.location) for p in glue.partitions("reviews")] == [(DAY, curated.batch, curated.uri)]


def test_the_delivery_is_kept_as_it_came(lake: str) -> None:
    put(b"\xff\x00 anything")
    delivery = land(DAY)
    assert isinstance(delivery, DeliveryRef)
    assert artifacts.open_artifact(delivery.uri).read("reviews.csv") == b"\xff\x00 anything"
    assert delivery.num_bytes == 11


def test_the_inbox_must_hold_exactly_one_object_and_the_day_must_be_a_date(lake: str) -> None:
    with pytest.raises(PermanentError, match=r"inbox/reviews/2026-01-02/: expected exactly one object, found 0: nothing"):
        land(DAY)
    put(b"a", "one.csv")
    put(b"b", "two.csv")
    put(b"c", "other.csv", day="2026-01-021")
    with pytest.raises(PermanentError, match=r"found 2: one\.csv, two\.csv"):
        land(DAY)
    with pytest.raises(PermanentError, match=r"day: '20260102' is not a date; write it as YYYY-MM-DD"):
        land("20260102")


def test_a_refused_delivery_leaves_its_report_and_nothing_in_staging(lake: str) -> None:
    put(as_csv(reviews(60))[:-130])
    delivery = land(DAY)
    with pytest.raises(
        DataRejected, match=r"contract: reviews\.csv: row 59 \(line 118\): a quoted cell never closes; the file is cut off"
    ):
        parse(delivery)
    (report,) = s3.list_uris(s3.lake_uri("reports/contract", DAY))
    assert s3.read_json(report)["delivery_uri"] == delivery.uri
    assert not list(s3.list_uris(s3.lake_uri("staging")))


def test_quarantined_rows_keep_their_number_reason_and_cells(lake: str) -> None:
    batch = parsed(reviews(60, Age=lambda i: "forty" if i == 3 else 40))
    assert batch.reasons == {"age_not_an_integer": 1}
    quarantine = from_parquet(artifacts.open_artifact(batch.uri).read("quarantine.parquet"))
    assert quarantine["row"].tolist() == [4]
    assert '"forty"' in quarantine["cells"].iloc[0]


def test_a_day_of_many_complaints_is_told_with_its_page_and_goes_on(lake: str) -> None:
    unhappy = parsed(reviews(Rating=lambda i: 1 if i % 10 < 3 else 3 if i % 10 < 4 else 5))
    gate = validate(unhappy)
    assert gate.verdict == "warn"
    (told,) = gate.warnings
    assert told.startswith(f"{unhappy.day} is unusual, look at it: usual share of negative reviews: 0.300; allowed: 0.02 to 0.22")
    assert gate.page_uri is not None
    assert "usual share of negative reviews" in s3.read_bytes(gate.page_uri).decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Rating": lambda i: 5 if i % 10 else 3}, "share of negative reviews: 0.000; allowed: 0.02 to 0.5"),
        ({"Rating": lambda i: 1 if i % 10 else 5}, "share of negative reviews: 0.900"),
        ({"Title": lambda i: ""}, "title present: 200 of 200 rows fail"),
        ({"Review Text": lambda i: "" if i % 3 else "good"}, "rows out of quarantine: 133 of 200 rows fail .* text_missing"),
    ],
)
def test_the_quality_gate_stores_its_data_docs_then_refuses(
    lake: str, changes: dict[str, Callable[[int], object]], words: str
) -> None:
    batch = parsed(reviews(**changes))
    with pytest.raises(DataRejected, match=f"quality: .*{words}") as refused:
        validate(batch)
    assert refused.value.page_uri is not None
    page = s3.read_bytes(refused.value.page_uri).decode()
    assert "failed" in page
    folder = refused.value.page_uri.removesuffix("/index.html")
    assert s3.read_json(f"{folder}/report.json")["verdict"] == "fail"
    for name in ("accepted", "landed"):
        docs = s3.read_bytes(f"{folder}/{name}.html").decode()
        assert "Expectation Validation Result" in docs
        assert "<script" not in docs
        assert "<link" not in docs


def test_a_day_without_one_good_row_is_refused_not_crashed(lake: str) -> None:
    batch = parsed(reviews(60, **{"Review Text": lambda i: " "}))
    with pytest.raises(DataRejected, match="number of accepted rows: 0; allowed: at least 50"):
        validate(batch)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Department Name": lambda i: "Tops"}, "department=Tops: CI -1.00 .*200 of 200 rows are in this one group"),
        (
            {"Department Name": lambda i: "Tops" if i % 10 < 2 else "Dresses"},
            "department=Tops: DPL of positive .* 0% of its 40 reviews are positive, 100% of the rest",
        ),
        ({"Age": lambda i: 25 + 10 * (i % 10 > 1)}, "age_band=0-29: DPL"),
    ],
)
def test_the_bias_gate_stores_its_page_then_refuses(lake: str, changes: dict[str, Callable[[int], object]], words: str) -> None:
    batch = parsed(reviews(**changes))
    with pytest.raises(DataRejected, match=f"bias: .*{words}") as refused:
        check_bias(batch)
    assert refused.value.page_uri is not None
    page = s3.read_bytes(refused.value.page_uri).decode()
    assert "stops the day" in page
    folder = refused.value.page_uri.removesuffix("/index.html")
    place = path_below_reports(folder)
    assert f'<a href="../../../{place}/bias.html">The same as Great Expectations Data Docs</a>' in page
    assert f'<a href="../../../quality/{place.removeprefix("bias/")}/index.html">Data quality</a>' in page
    assert s3.read_json(f"{folder}/report.json")["verdict"] == "fail"
    docs = s3.read_bytes(f"{folder}/bias.html").decode()
    assert "Expectation Validation Result" in docs
    assert f'<a href="../../../{place}/index.html">Bias before training</a>' in docs


def test_a_corrected_delivery_supersedes_and_the_old_files_stay(lake: str) -> None:
    first = curate(parsed(reviews(60)))
    second = publish_day(check_counts(curate(parsed(reviews(61)))))
    assert first.batch != second.batch
    assert [found.batch for found in glue.partitions("reviews")] == [second.batch]
    assert artifacts.open_artifact(first.uri).files
    back = publish_day(check_counts(curate(parsed(reviews(60)))))
    assert back.batch == first.batch
    assert [found.batch for found in glue.partitions("reviews")] == [first.batch]


def test_the_counts_gate_sees_a_lost_and_a_doubled_row(lake: str) -> None:
    curated = curate(parsed(reviews(60)))
    with pytest.raises(DataRejected, match="counts: Athena counts 60 rows, 61 were written; 60 rows landed, but 61 curated"):
        check_counts(curated.model_copy(update={"num_rows": 61}))
    data = artifacts.open_artifact(curated.uri).read("reviews.parquet")
    s3.write_bytes(f"{curated.uri}/copy.parquet", data)
    with pytest.raises(DataRejected, match="Athena counts 120 rows, 60 were written; Athena counts 60 review ids in 120 rows"):
        check_counts(curated)
    (report,) = s3.list_uris(s3.lake_uri("reports/counts", DAY))
    assert s3.read_json(report)["verdict"] == "fail"


def test_what_athena_reads_is_what_was_delivered(lake: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    curated = publish_day(curate(parsed(reviews(60, Title=lambda i: "" if i == 1 else "a, \n b"))))
    written = from_parquet(artifacts.open_artifact(curated.uri).read("reviews.parquet"))
    monkeypatch.setattr(athena, "SQL_DIR", tmp_path)
    (tmp_path / "all.sql").write_text("SELECT review_id, age, title, text FROM reviews WHERE batch IN (:b) ORDER BY review_id")
    read = athena.query("all", b=[curated.batch])
    assert read.equals(written[["review_id", "age", "title", "text"]])
