"""Evidence of a rollout as the real local Athena gives it, against what was put there."""

from typing import Any

import pandas as pd
import pytest
from tests.helpers.captured import DAY, NEXT, answer, feedback, numbered, put, review, shadow

from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.lake.frames import to_parquet
from reviewloop.adapters.rollout.evidence import read_evidence, stage_names
from reviewloop.contracts import load_contract
from reviewloop.core.release.events import Draft, Event, follow, program
from reviewloop.core.rollout.coverage import Half
from reviewloop.core.rollout.evidence import CHALLENGER, CHAMPION, Evidence
from reviewloop.core.rollout.paired_quality import Pairs
from reviewloop.errors import PermanentError

pytestmark = pytest.mark.contract

STAGES = [{"name": "shadow", "challenger": 0, "shadow": 100_000}, {"name": "canary", "challenger": 10_000, "shadow": 100_000}]
REVIEWED = "2026-01-01"
AT = f"{DAY}T00:00:00+00:00"


def told(*drafts: Draft) -> tuple[Event, ...]:
    events: tuple[Event, ...] = ()
    for draft in drafts:
        events = (*events, follow(events, draft, AT))
    return events


def a_rollout(**more: Any) -> tuple[Event, tuple[Event, ...]]:
    promoted = Draft("promoted", program("test"), "1", "d1", {"source": "s3://a"})
    started = Draft("rollout_started", program("test"), "2", "d2", {"source": "s3://b", "salt": "salt", "stages": STAGES, **more})
    begun = told(promoted, started)
    moved = Draft("rollout_moved", program("test"), facts={"rollout": begun[1].sha256, "stage": 1})
    return begun[1], told(promoted, started, moved)


def curate_day(stars: dict[int, int], day: str = REVIEWED) -> None:
    types = load_contract().hive_types()
    frame = pd.DataFrame(
        {name: pd.Series([None] * len(stars), dtype="string" if kind == "string" else "Int64") for name, kind in types.items()}
    )
    frame["review_id"], frame["rating"] = list(stars), list(stars.values())
    artifact = artifacts.publish(places.curated(day), {"reviews.parquet": to_parquet(frame)}, folder="batch={digest}")
    batch = artifact.uri.rpartition("batch=")[2]
    days.publish(days.standing("reviews", day), days.reviews_table(), batch, artifact.uri, "")


def test_evidence_is_what_was_captured_of_this_rollout_and_what_the_reviews_turned_out_to_be(lake: str) -> None:
    started, events = a_rollout()
    of: dict[str, Any] = {"rollout": started.sha256}
    shadowing: dict[str, Any] = {**of, "generation": 2}
    canary: dict[str, Any] = {**of, "generation": 3}
    theirs: dict[str, Any] = {**canary, "arm": "challenger", "version": "2", "digest": "d2"}
    put(
        numbered(answer("r0", review("of before")), seq=1),
        numbered(answer("r1", review("awful", 1, REVIEWED), **shadowing), seq=2),
        numbered(shadow("r1", "negative", **shadowing), seq=3),
        numbered(answer("r2", review("fine", 2, REVIEWED), review("no label"), **shadowing), seq=4),
        numbered(shadow("r2", "positive", 2, **shadowing), seq=5),
        numbered(answer("r3", review("x" * 10, 1, "2025-01-01"), **canary), seq=8, dropped=1),
        numbered(answer("r4", **theirs), seq=9),
        numbered(answer("r5", said=None, status=504, **theirs), seq=10, dropped=1),
        numbered(answer("r6", **{**canary, "version": "9"}), seq=11, dropped=1),
        numbered(answer("r7", **{**canary, "rollout": "another"}), seq=12, dropped=1),
    )
    put(numbered(feedback("r4", "negative", day=NEXT), seq=13, dropped=1), day=NEXT)
    curate_day({1: 1, 2: 4, 3: 5})
    found = read_evidence(started, events)

    first, second = found.stage("shadow"), found.stage("canary")
    assert (first.champion.num_requests, first.champion.num_reviews, first.champion.num_labelled) == (2, 3, 2)
    assert (first.shadow.challenger.num_requests, first.shadow.challenger.answers) == (2, {"negative": 1, "positive": 2})
    assert (second.champion.num_requests, second.champion.num_labelled, second.champion.num_chars) == (1, 0, 10)
    assert (second.challenger.num_requests, second.challenger.num_timeouts, second.challenger.units_labelled) == (2, 1, 1)
    assert found.paired.pairs == Pairs(0, 1, 1)
    assert (found.paired.num_reviews, found.paired.num_labelled, found.paired.num_differ) == (3, 2, 1)
    assert (found.paired.median_chars, found.paired.shorter, found.paired.longer) == (5, Half(2, 2, 2, 2), Half(1, 0, 0, 0))
    assert found.paired.negative_found == {CHAMPION: 0, CHALLENGER: 1}
    assert (found.rollout, found.num_misattributed) == (started.sha256, 1)
    assert (found.num_records, found.num_dropped, found.num_lost) == (11, 1, 1)


def test_requests_of_callers_that_are_no_customers_are_told_and_count_for_nothing(lake: str) -> None:
    started, events = a_rollout(ignored_callers=["probe", "load test"])
    of: dict[str, Any] = {"rollout": started.sha256, "generation": 2}
    put(
        answer("r1", **of), answer("r2", review(), review(), caller="probe", **of), shadow("r2", "negative", 2, **of),
        answer("r3", caller="load test", said=None, status=500, **of), answer("r4", caller=None, **of),
    )  # fmt: skip
    found = read_evidence(started, events)
    champion = found.stage("shadow").champion
    assert (champion.num_requests, champion.num_errors, found.paired.num_reviews, found.num_ignored) == (2, 0, 0, 2)


def test_nothing_is_read_of_the_texts_and_hostile_names_of_days_ask_nothing(lake: str, caplog: pytest.LogCaptureFixture) -> None:
    started, events = a_rollout()
    of: dict[str, Any] = {"rollout": started.sha256, "generation": 2}
    put(answer("r1", review("a", 1, "x') OR 1=1 --"), **of), answer("r2' OR '1'='1", review("b", 1, REVIEWED), **of))
    put(feedback("r2' OR '1'='1", "negative", day=NEXT), day=NEXT)
    curate_day({1: 5})
    champion = read_evidence(started, events).stage("shadow").champion
    assert (champion.num_requests, champion.num_labelled) == (2, 1)


def test_without_a_record_all_is_zero(lake: str) -> None:
    started, events = a_rollout()
    assert read_evidence(started, events) == Evidence(started.sha256)
    put(answer("r1"))
    found = read_evidence(started, events)
    assert (found.stage("shadow").champion.num_requests, found.paired.num_reviews, found.num_lost) == (0, 0, 0)


def test_moves_of_another_rollout_and_releases_after_the_start_change_nothing(lake: str) -> None:
    started, events = a_rollout()
    put(answer("r1", rollout=started.sha256, generation=2))
    other = Draft("rollout_moved", program("test"), facts={"rollout": "another", "stage": 0})
    promoted = Draft("promoted", program("test"), "2", "d2", {"source": "s3://b"})
    longer = Draft("rollout_extended", "person:ada", facts={"rollout": started.sha256, "until": AT})
    later = events
    for draft in (other, longer, promoted):
        later = (*later, follow(later, draft, AT))
    assert stage_names(started, later) == {2: "shadow", 3: "canary"}
    assert read_evidence(started, later) == read_evidence(started, events)


def test_before_a_release_there_is_no_champion_to_compare_with(lake: str) -> None:
    started = told(Draft("rollout_started", program("test"), "2", "d2", {"stages": STAGES}))[0]
    with pytest.raises(PermanentError, match="nothing was released before event 1, which starts it"):
        read_evidence(started, (started,))


def test_a_rating_that_was_corrected_labels_anew(lake: str) -> None:
    started, events = a_rollout()
    of: dict[str, Any] = {"rollout": started.sha256, "generation": 2}
    put(answer("r1", review("awful", 1, REVIEWED), **of), shadow("r1", "negative", **of))
    curate_day({1: 5})
    assert read_evidence(started, events).paired.pairs == Pairs(1, 0, 0)
    curate_day({1: 1})
    assert read_evidence(started, events).paired.pairs == Pairs(0, 1, 0)
