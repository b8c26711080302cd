"""What is remembered of skew."""

from datetime import UTC, datetime
from typing import Any

from reviewloop.core.monitoring.skew.checks import KEPT, Check, Checks

AT = datetime(2026, 1, 3, tzinfo=UTC)


def check(day: int, verdict: Any = "skew", version: str = "1", **other: Any) -> Check:
    return Check(day=f"2026-01-{day:02d}", version=version, verdict=verdict, reasons=("why",), at=AT, **{"page_uri": "p", **other})


def checks(*found: Check) -> Checks:
    known = Checks()
    for one in found:
        known = known.with_check(one)
    return known


def test_a_day_without_evidence_takes_nothing_back_and_one_with_evidence_does() -> None:
    known = checks(check(2), check(3, "not enough evidence"))
    assert known.standing("1") == check(2)
    assert known.with_check(check(4, "agree")).standing("1") == check(4, "agree")


def test_a_day_that_is_checked_again_has_one_check_and_days_may_come_in_any_order() -> None:
    known = checks(check(4, "agree"), check(2), check(4, page_uri="q"), check(3, "agree"))
    assert [one.day[-2:] for one in known.checks] == ["02", "03", "04"]
    assert known.standing("1") == check(4, page_uri="q")


def test_another_version_is_another_matter() -> None:
    known = checks(check(2), check(2, "agree", "2"))
    assert (known.standing("1"), known.standing("2"), known.standing("3")) == (check(2), check(2, "agree", "2"), None)


def test_the_newest_are_kept() -> None:
    known = checks(*(check(2, version=str(number)) for number in range(KEPT)), check(3))
    assert len(known.checks) == KEPT
    assert known.checks[-1] == check(3)
