"""The index of reports."""

from datetime import UTC, datetime

from tests.helpers.page_builders import report_kinds

from reviewloop.pages.kit import Verdict
from reviewloop.pages.links import Link
from reviewloop.pages.overview.reports import KINDS, NUM_NEWEST, Report, index_page

WRITTEN = datetime(2026, 1, 3, 4, 5, tzinfo=UTC)


def report(about: str, kind: str = "quality", verdict: Verdict | None = None, more: tuple[Link, ...] = ()) -> Report:
    return Report(kind, about, f"/p/{about}", WRITTEN, verdict, more)


def test_a_row_has_the_verdict_first_then_day_reason_and_time() -> None:
    page = index_page([report("2026-01-02", verdict=Verdict("fail", "fail", "2 of 9 failed"), more=(Link("docs", "/d"),))], {})
    places = [page.index(word) for word in ('mark fail">fail<', "/p/2026-01-02", "/d", "2 of 9 failed", "2026-01-03 04:05")]
    assert places == sorted(places)


def test_every_kind_has_a_heading_and_an_unknown_one_its_own_name() -> None:
    page = index_page([report("x", "helpful")], {})
    assert page.count("Nothing yet.") == len(KINDS)
    assert "<h2>helpful</h2>" in page
    assert all(f"<h2>{heading}</h2>" in page for heading in KINDS.values())


def test_no_day_falls_off_silently() -> None:
    days = [report(f"day {place:02}") for place in range(NUM_NEWEST + 1)]
    page = index_page(days, {})
    assert f"day {NUM_NEWEST}" not in page
    assert f'<a href="?kind=quality">All {NUM_NEWEST + 1}</a>' in page
    assert f"day {NUM_NEWEST}" in index_page(days, {"kind": "quality"})


def test_what_was_chosen_is_said_and_nothing_else_is_listed() -> None:
    page = index_page([report("2026-01-02")], {"day": "2026-01-02<b>"})
    assert "Only day 2026-01-02&lt;b&gt;." in page
    assert "Nothing yet" not in page
    assert "There is nothing yet." in index_page([], {"day": "2026-01-02"})


def test_every_kind_that_a_step_writes_has_its_heading() -> None:
    found = report_kinds()
    assert {"quality", "model", "releases"} <= found
    nameless = sorted(found - set(KINDS))
    assert not nameless, f"{nameless}: give each a heading in KINDS (pages/overview/reports.py) and its readers in access.py"
