"""The gate ``quality`` with what the real local lake knows: earlier days, repeats, late and early days, warnings."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.steps.ingest.test_ingest import as_csv, put, reviews

from reviewloop.adapters.lake import s3
from reviewloop.errors import DataRejected
from reviewloop.refs import BatchRef, GateRef
from reviewloop.steps.ingest.curate import curate
from reviewloop.steps.ingest.land import land
from reviewloop.steps.ingest.parse import parse
from reviewloop.steps.ingest.publish_day import publish_day
from reviewloop.steps.ingest.validate import validate

pytestmark = pytest.mark.contract
VOLUME, LATE = "rows against the last days", "days behind the newest day"


def parsed(day: str, num_rows: int = 100) -> BatchRef:
    put(as_csv(reviews(num_rows)), day=day)
    return parse(land(day))


def curated_days(*days: str) -> None:
    for day in days:
        publish_day(curate(parsed(day)))


def not_judged(gate: GateRef) -> dict[str, str]:
    found: dict[str, str] = s3.read_json(gate.report_uri)["not_judged"]
    return found


def test_the_first_day_passes_and_says_what_could_not_be_judged(lake: str) -> None:
    gate = validate(parsed("2026-01-01"))
    assert gate.verdict == "pass"
    assert not_judged(gate) == {
        VOLUME: "not enough evidence: 0 earlier days are curated, 5 are needed",
        LATE: "no other day is curated yet",
    }
    assert gate.page_uri is not None
    assert "not enough evidence" in s3.read_bytes(gate.page_uri).decode()


def test_the_number_of_rows_is_judged_against_the_days_before(lake: str) -> None:
    curated_days("2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05")
    assert not_judged(validate(parsed("2026-01-06"))) == {}
    assert VOLUME in not_judged(validate(parsed("2026-01-05", num_rows=300))), "four days lie before it"
    with pytest.raises(DataRejected, match=f"quality: {VOLUME}: 300; allowed: 60 to 140") as refused:
        validate(parsed("2026-01-06", num_rows=300))
    assert refused.value.page_uri is not None
    docs = s3.read_bytes(refused.value.page_uri.replace("index.html", "landed.html")).decode()
    assert "140" in docs


def test_a_late_day_needs_a_person_and_a_correction_of_it_does_not(lake: str) -> None:
    curated_days("2026-01-20")
    with pytest.raises(DataRejected, match=f"quality: {LATE}: 18; allowed: at most 7; .* start reviews_ingest .* accept_late"):
        validate(parsed("2026-01-02"))
    gate = validate(parsed("2026-01-02"), accept_late=True)
    assert (gate.verdict, gate.reason) == ("warn", f"{LATE}: 18; allowed: at most 7")
    assert gate.page_uri is not None
    assert ">warning<" in s3.read_bytes(gate.page_uri).decode()
    publish_day(curate(parsed("2026-01-02")))
    assert validate(parsed("2026-01-02", num_rows=101)).verdict == "pass"


def test_a_day_within_the_allowed_lateness_needs_nobody(lake: str) -> None:
    curated_days("2026-01-20")
    assert validate(parsed("2026-01-13")).verdict == "pass"
    with pytest.raises(DataRejected, match=f"{LATE}: 8;"):
        validate(parsed("2026-01-12"))


def test_accepting_a_late_day_accepts_nothing_else(lake: str) -> None:
    curated_days("2026-01-20")
    with pytest.raises(DataRejected, match="number of accepted rows") as refused:
        validate(parsed("2026-01-02", num_rows=20), accept_late=True)
    assert "accept_late" not in refused.value.reason


def test_a_day_that_has_not_happened_yet_is_refused(lake: str) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    with pytest.raises(DataRejected, match="days ahead of its own landing: [12]; allowed: at most 0"):
        validate(parsed(tomorrow))


def test_what_rejects_is_told_first_and_the_page_keeps_the_warnings(lake: str) -> None:
    curated_days("2026-01-20")
    with pytest.raises(DataRejected) as refused:
        validate(parsed("2026-01-02", num_rows=20), accept_late=True)
    assert LATE not in refused.value.reason
    assert refused.value.page_uri is not None
    report = s3.read_json(refused.value.page_uri.replace("index.html", "report.json"))
    failed = {check["note"]: check["severity"] for check in report["checks"] if not check["success"]}
    assert failed[LATE] == "warn"
    assert failed["number of accepted rows"] == "reject"
