"""All days that are kept, and what is missing of them."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.helpers.captured import answer, numbered, put, shadow

from reviewloop.adapters.lake import s3
from reviewloop.errors import NothingToDo
from reviewloop.refs import CapturesRef
from reviewloop.steps.captures.collect_captures import collect_captures

pytestmark = pytest.mark.contract


def ago(days: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


YESTERDAY, TODAY = ago(1), ago(0)


def test_every_day_is_collected_and_a_loss_between_two_days_is_seen(lake: str, caplog: pytest.LogCaptureFixture) -> None:
    put(numbered(answer("r1", day=YESTERDAY), seq=1), day=YESTERDAY)
    put(numbered(answer("r2", day=TODAY), seq=5, dropped=1), day=TODAY)
    with caplog.at_level("INFO"):
        found = collect_captures()
    assert (found.changed, found.num_records, found.num_lost, found.num_dropped) == ((YESTERDAY, TODAY), 2, 2, 1)
    assert found.warnings == ("captured records 1 to 5 of spool a: 2 are lost, 1 were dropped for want of room, 2 are kept",)
    assert f"captures of {TODAY}: 1 requests, 1 reviews, 0 failed" in caplog.text
    assert b"records lost" in s3.read_bytes(found.page_uri)
    assert CapturesRef.model_validate_json(found.model_dump_json()) == found


def test_what_was_told_once_is_not_told_again(lake: str) -> None:
    put(numbered(answer("r1", day=TODAY), seq=1), numbered(answer("r2", day=TODAY), seq=4), day=TODAY)
    assert len(collect_captures().warnings) == 1
    again = collect_captures()
    assert (again.changed, again.warnings, again.num_lost) == ((), (), 2)


def test_one_day_alone(lake: str) -> None:
    put(answer("r1", day=YESTERDAY), day=YESTERDAY)
    put(answer("r2", day=TODAY), day=TODAY)
    assert [ref.day for ref in collect_captures(YESTERDAY).days] == [YESTERDAY]


def test_what_is_told_before_its_answer_is_there_waits_for_it(lake: str) -> None:
    put(shadow("r1", day=TODAY), day=TODAY)
    assert collect_captures().days[0].num_unmatched == 1
    put(answer("r1", day=YESTERDAY), day=YESTERDAY)
    yesterday, today = collect_captures().days
    assert (yesterday.num_shadowed, today.num_unmatched) == (0, 0)
    assert [ref.num_shadowed for ref in collect_captures().days] == [1, 1]


def test_before_the_first_request_there_is_nothing_to_do(lake: str) -> None:
    with pytest.raises(NothingToDo, match="the endpoint has captured no request since"):
        collect_captures()


def test_a_request_that_is_answered_after_midnight_is_no_loss(lake: str) -> None:
    put(numbered(answer("r1", day=YESTERDAY), seq=1), numbered(answer("r3", day=YESTERDAY), seq=3), day=YESTERDAY)
    put(numbered(answer("r2", day=TODAY), seq=2), numbered(answer("r4", day=TODAY), seq=4), day=TODAY)
    assert (collect_captures().num_lost, collect_captures(YESTERDAY).num_lost) == (0, 0)
