"""What is too old goes, whole; today never."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.helpers.captured import answer, put, shadow

from reviewloop.adapters.captures import retention
from reviewloop.adapters.captures.collection import collect
from reviewloop.adapters.catalog import athena, glue
from reviewloop.adapters.lake import s3
from reviewloop.config import load_config
from reviewloop.errors import NothingToDo
from reviewloop.steps.captures.collect_captures import collect_captures
from reviewloop.steps.captures.expire_captures import expire_captures

pytestmark = pytest.mark.contract

KEPT = load_config("test").captures.retention_days


def ago(days: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


def left(day: str) -> list[str]:
    return [uri for uri in s3.list_uris(s3.lake_uri("")) if f"day={day}" in uri and "/current/" not in uri]


def test_what_is_older_goes_whole_and_what_is_not_stays(lake: str) -> None:
    old, last, today = ago(KEPT + 1), ago(KEPT), ago(0)
    for day in (old, last, today):
        put(answer(f"r{day}", day=day), day=day)
        collect(day)
    put(shadow(f"r{old}", day=last), day=last)
    collect(last)
    found = expire_captures()
    assert (found.days, found.oldest_kept) == ((old,), last)
    assert found.num_objects == 9  # the request, what was brought from a later day, two batches of three, their note
    assert left(old) == []
    assert len(left(last)) >= 4
    assert [part.day for part in glue.partitions("captures")] == [last, today]
    assert {one["Values"][0] for one in glue.registered(lake.replace("-", "_"), "captures_audit")} == {last, today}
    assert list(athena.run("test", "SELECT DISTINCT day FROM captures ORDER BY day")["day"]) == [last, today]
    with pytest.raises(NothingToDo, match=f"no captured request is older than {KEPT} days"):
        expire_captures()


def test_a_kill_in_the_middle_leaves_a_day_that_is_found_again(lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = ago(KEPT + 3)
    put(answer("r1", day=old), day=old)
    collect(old)
    removed: list[str] = []
    remove = s3.remove

    def killed(prefix: str) -> None:
        if len(removed) == 2:
            raise KeyboardInterrupt
        removed.append(prefix)
        remove(prefix)

    with monkeypatch.context() as patch:
        patch.setattr(s3, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            expire_captures()
    assert glue.partitions("captures") == []
    assert left(old)
    assert expire_captures().days == (old,)
    assert left(old) == []


def test_what_is_shipped_of_an_expired_day_is_not_collected_but_deleted(lake: str) -> None:
    old = ago(KEPT + 1)
    put(answer("r1", day=old), day=old)
    with pytest.raises(NothingToDo, match="has captured no request since"):
        collect_captures()
    assert expire_captures().days == (old,)


def test_a_folder_that_is_no_day_stops_nothing(lake: str) -> None:
    s3.write_bytes(s3.lake_uri("captured", "day=0000-99-99", "a", "1-1.jsonl.gz"), b"")
    assert retention.expired(1) == []
