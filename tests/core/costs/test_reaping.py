"""What the reaper may touch, and all that keeps it from the rest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reviewloop.config import load_config
from reviewloop.core.costs.reaping import DEPLOYMENT, EXPIRES, VERSION, Protected, Resource, decide, expires_tag

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
COSTS = load_config("test").costs
CHAMPION = Protected({"7"}, {"s3://lake/models/transformer/seven"}, "reviews")
TAGS = {DEPLOYMENT: "lake", EXPIRES: "2026-11-29T12:00:00Z", VERSION: "3"}
JOB = Resource("training job", "job", TAGS, NOW - timedelta(days=30))
ENDPOINT = Resource("endpoint", "old", TAGS, NOW - timedelta(days=30), serves=frozenset({"s3://lake/models/transformer/three"}))


def act(found: Resource, now: datetime = NOW, **tags: str | None) -> str:
    changed = {key: value for key, value in {**found.tags, **tags}.items() if value is not None}
    return decide(replace(found, tags=changed), "lake", CHAMPION, now, COSTS).act


@pytest.mark.parametrize("found", [JOB, replace(JOB, kind="Batch job"), ENDPOINT])
def test_what_is_ours_and_expired_goes(found: Resource) -> None:
    assert act(found) == "remove"


@pytest.mark.parametrize("found", [JOB, ENDPOINT])
@pytest.mark.parametrize("owner", ["another-lake", "", None])
def test_what_is_not_ours_stays(found: Resource, owner: str | None) -> None:
    assert act(found, **{DEPLOYMENT: owner}) == "keep"


@pytest.mark.parametrize(("expires", "expected"), [
    (None, "tell"), ("", "tell"), ("never", "tell"), ("2026-11-29T12:00:00", "tell"), ("29.11.2026", "tell"),
    ("2026-11-30T12:00:00Z", "keep"), ("2026-11-30T11:51:00Z", "keep"), ("2026-11-30T11:49:00Z", "remove"),
    ("2026-11-30T13:30:00+02:00", "remove"), ("2026-11-30T10:30:00-02:00", "keep"), ("2027-01-01T00:00:00Z", "keep"),
])  # fmt: skip
def test_only_what_is_expired_beyond_doubt_goes(expires: str | None, expected: str) -> None:
    assert act(JOB, **{EXPIRES: expires}) == expected


@pytest.mark.parametrize(("changed", "words"), [
    ({"name": "reviews"}, "the endpoint that callers ask"),
    ({"tags": {**TAGS, VERSION: "7"}}, "serves version 7"),
    ({"tags": {key: value for key, value in TAGS.items() if key != VERSION}}, "nobody can say"),
    ({"serves": frozenset({"s3://lake/models/transformer/seven/model.tar.gz"})}, "its tag says version 3, but it serves"),
])  # fmt: skip
def test_the_champions_endpoint_never_goes(changed: dict[str, Any], words: str) -> None:
    found = decide(replace(ENDPOINT, **changed), "lake", CHAMPION, NOW, COSTS)
    assert found.act == "keep"
    assert words in found.why


def test_an_endpoint_that_is_still_asked_is_told_and_stays() -> None:
    found = decide(replace(ENDPOINT, num_invocations=12), "lake", CHAMPION, NOW, COSTS)
    assert (found.act, "was asked 12 times in the last 14 days" in found.why) == ("tell", True)


@pytest.mark.parametrize(("age", "asked", "expected"), [(14, 0, "tell"), (13, 0, "keep"), (14, 1, "keep")])
def test_an_endpoint_that_is_idle_and_not_expired_is_told(age: int, asked: float, expected: str) -> None:
    found = replace(ENDPOINT, made_at=NOW - timedelta(days=age), num_invocations=asked)
    assert act(found, **{EXPIRES: "2027-01-01T00:00:00Z"}) == expected


def test_a_tag_says_until_when_in_utc() -> None:
    assert expires_tag(NOW, 3600) == "2026-11-30T13:00:00Z"
    made = expires_tag(NOW, 3600)
    assert act(JOB, NOW + timedelta(minutes=71), **{EXPIRES: made}) == "remove"
    assert act(JOB, NOW + timedelta(minutes=69), **{EXPIRES: made}) == "keep"
