"""The page of captured requests."""

from typing import Any

from reviewloop.pages.links import Links
from reviewloop.pages.serving.captures import NUM_DAYS, captures_page

LINKS = Links(2, day="2026-01-02")
SPOOL = {"spool": "abc", "first": 1, "last": 9, "kept": 6, "dropped": 2, "lost": 1}


def a_day(day: str = "2026-01-02", **other: Any) -> dict[str, Any]:
    numbers = {"num_requests": 1200, "num_rows": 1300, "num_failed": 2, "num_shadowed": 900, "num_feedback": 7, "num_unreadable": 0}
    return {
        "day": day,
        **numbers,
        "latency_p50_ms": 4.0,
        "latency_p99_ms": 12.34,
        "arms": {"challenger": 120, "champion": 1080},
        **other,
    }


def found(*days: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {"days": list(days) or [a_day()], "num_records": 6, "num_lost": 0, "num_dropped": 0, **other}


def test_a_day_in_numbers() -> None:
    page = captures_page("Captured requests", found(), [{**SPOOL, "dropped": 0, "lost": 0}], LINKS)
    assert '<span class="mark pass">all there</span>' in page
    assert all(word in page for word in ("1,200", "12.3 ms", "challenger 10.0%, champion 90.0%", "Every number of every spool"))


def test_what_is_lost_or_dropped_is_a_warning_that_names_the_spool() -> None:
    page = captures_page("Captured requests", found(num_lost=1, num_dropped=2), [SPOOL], LINKS)
    assert '<span class="mark warn">records lost</span>' in page
    assert "<td>abc</td>" in page.replace("\n", "").replace("  ", "")
    assert '<span class="mark warn">records dropped</span>' in captures_page("", found(num_dropped=2), [SPOOL], LINKS)


def test_the_newest_days_are_shown_first_and_the_oldest_are_left_out() -> None:
    days = [a_day(f"2026-{month:02d}-{day:02d}") for month in (1, 2) for day in range(1, 28)]
    page = captures_page("", found(*days), [], LINKS)
    assert page.index("2026-02-27") < page.index("2026-02-01")
    assert "2026-01-01" not in page
    assert page.count("challenger 10.0%") == NUM_DAYS


def test_a_day_without_an_answer_has_no_latency() -> None:
    page = captures_page("", found(a_day(latency_p50_ms=None, latency_p99_ms=None, arms={})), [], LINKS)
    assert "none" in page
    assert "–" in page
