"""From the days' verdicts to a training, on the real local S3: once a drift, whatever comes twice, late, or all at once."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.helpers.votes import NOW, day, world

from reviewloop.adapters.lake import artifacts, claims, places, s3
from reviewloop.adapters.monitoring import response
from reviewloop.adapters.release.champion import Champion
from reviewloop.core.monitoring.response.conditions import Facts
from reviewloop.core.release.events import Draft, follow
from reviewloop.errors import NothingToDo, PermanentError, Refused
from reviewloop.refs import DecisionRef, DriftRef
from reviewloop.steps.monitor import acknowledge_drift as acknowledging
from reviewloop.steps.monitor import decide_retraining as deciding
from reviewloop.steps.monitor.acknowledge_drift import acknowledge_drift
from reviewloop.steps.monitor.announce_drift import announce_drift
from reviewloop.steps.monitor.decide_retraining import decide_retraining

pytestmark = pytest.mark.contract


class World:
    """The champion and the facts; the lake is the real one."""

    def __init__(self) -> None:
        self.version = "1"
        self.facts: dict[str, Any] = {}

    def champion(self) -> Champion | None:
        return Champion(self.version, "s3://lake/models/x", "d", {}) if self.version else None

    def asked(self, champion: Champion) -> Facts:
        return world(version=champion.version, **self.facts)


@pytest.fixture
def loop(lake: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World()
    monkeypatch.setattr(deciding, "current_champion", made.champion)
    monkeypatch.setattr(response, "facts", made.asked)
    return made


def scored(number: int, fired: bool = True, batch: str = "b1", **other: Any) -> DriftRef:
    """The monitor's verdict on a day whose predictions count."""
    place = places.current("predictions", day(number))
    claim = claims.read(place)
    if claim is None:
        claims.take(place, batch=batch, landed_at="", generation=1)
    elif claim.note["batch"] != batch:
        claims.update(claim, batch=batch, landed_at="", generation=claim.note["generation"] + 1)
    facts: dict[str, Any] = {"model_version": "1", "families": ("text",) if fired else (), "report_uri": "r"}
    said = ("text moved",) if fired else ("nothing moved",)
    page = places.reports("drift", f"day={day(number)}", "ab", "report.html")
    return DriftRef(day=day(number), batch=batch, fired=fired, reasons=said, page_uri=page, **{**facts, **other})


def test_one_drifted_day_starts_nothing_and_says_so(loop: World) -> None:
    decision = decide_retraining([scored(0, fired=False), scored(1)], "run1")
    assert (decision.verdict, decision.day) == ("pending", day(1))
    page = s3.read_bytes(decision.page_uri).decode()
    assert "not confirmed yet" in page
    assert "of the last 3 monitored days" in page
    assert f"../../../drift/day={day(1)}/ab/report.html" in page, "each vote leads to its evidence"
    with pytest.raises(NothingToDo, match=f"{day(1)}: pending: on too few days: text on {day(1)}"):
        announce_drift(decision)


def test_two_drifted_days_start_a_training_with_the_evidence(loop: World) -> None:
    decision = decide_retraining([scored(0), scored(1)], "run1")
    assert announce_drift(decision) == decision
    assert (decision.verdict, decision.families, decision.days) == ("train", ("text",), (day(0), day(1)))
    assert DecisionRef.model_validate_json(decision.model_dump_json()) == decision
    assert s3.read_json(decision.report_uri)["conditions"][0]["value"] == f"text on {day(0)}, {day(1)}"


def test_one_drift_that_is_posted_twice_is_one_training_and_one_unit_of_the_budget(loop: World) -> None:
    days = [scored(0), scored(1)]
    verdicts = [decide_retraining(days, run).verdict for run in ("run1", "run2", "run3")]
    assert verdicts == ["train", "answered", "answered"]
    assert len(response.read().trainings(NOW - timedelta(days=30))) == 1


def test_a_task_that_was_killed_after_it_had_decided_decides_the_same_again(loop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [scored(0), scored(1)]
    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "publish_once", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            decide_retraining(days, "run1")
    assert decide_retraining(days, "run1").verdict == "train", "or the training that it has paid for would never start"
    assert len(response.read().answers) == 1


@pytest.mark.parametrize("seed", range(3))
def test_twenty_days_at_once_in_any_order_end_as_one_by_one(loop: World, seed: int) -> None:
    import random

    def votes(*cut: list[int]) -> Any:
        for runs, part in enumerate(cut):
            decide_retraining([scored(number, fired=number % 7 in (0, 3)) for number in part], f"run{seed}-{runs}")
        found = response.read().votes
        s3.remove(places.response())
        return found

    order = list(range(20))
    one_by_one = votes(*[[number] for number in order])
    random.Random(seed).shuffle(order)
    assert votes(order) == one_by_one
    assert votes(order[:7], order[5:9], order[9:]) == one_by_one


def test_the_verdict_on_a_batch_that_does_not_count_any_more_is_no_vote(loop: World) -> None:
    old = [scored(0), scored(1)]
    new = scored(1, fired=False, batch="b2")
    assert decide_retraining([new, *old], "run1").verdict == "pending", (
        "the redelivered day is calm, and its old verdict is told too"
    )
    assert [(vote.day, vote.batch, vote.families) for vote in response.read().votes] == [
        (day(0), "b1", ("text",)), (day(1), "b2", ())
    ]  # fmt: skip


def test_a_day_of_too_few_rows_is_no_vote_for_calm(loop: World) -> None:
    drifts = [scored(0), scored(1, fired=False, judged=False), scored(2, fired=False, judged=False), scored(3)]
    assert decide_retraining(drifts, "run1").verdict == "train"


def test_a_drift_under_another_version_than_the_champion_asks_for_nothing(loop: World) -> None:
    loop.version = "2"
    with pytest.raises(NothingToDo, match="version 2 answers, and none of its days was monitored yet"):
        decide_retraining([scored(0), scored(1)], "run1")
    assert len(response.read().votes) == 2, "they are kept all the same: version 1 may answer again"
    loop.version = ""
    with pytest.raises(NothingToDo, match="no version answers"):
        decide_retraining([], "run2")


def test_a_suppressed_training_is_kept_with_its_reason(loop: World) -> None:
    loop.facts = {"num_new_rows": 7, "under_way": "a rollout of version 2"}
    decision = decide_retraining([scored(0), scored(1)], "run1")
    assert decision.verdict == "suppressed"
    kept = response.read().decisions[-1]
    assert "a rollout of version 2" in kept.reason
    assert "7 (at least 200)" in kept.reason
    assert kept.reason == decision.reason
    loop.facts = {}
    assert decide_retraining([], "run2").verdict == "train", "once nothing stands in its way, the same votes are enough"
    assert "a rollout of version 2" in s3.read_bytes(response_page_of(loop)).decode(), "the page still says why not before"


def response_page_of(loop: World) -> str:
    found = [one for one in s3.list_objects(places.reports("responses", "")) if one.uri.endswith("report.html")]
    return max(found, key=lambda one: (one.modified, "train" in s3.read_bytes(one.uri).decode()[:900])).uri


def test_a_person_ends_a_row_of_trainings_that_brought_nothing(loop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    events = (follow((), Draft("promoted", "program:test", "1", "d", {}), NOW.isoformat()),)
    monkeypatch.setattr(acknowledging.ledger, "read", lambda: events)
    clock = itertools.count()
    for number in range(0, 6, 2):
        loop.facts = {"now": NOW + timedelta(days=10 * next(clock))}
        decision = decide_retraining([scored(number), scored(number + 1)], f"run{number}")
    assert decision.verdict == "suppressed"
    assert "then a person decides (acknowledge_drift)" in decision.reason
    with pytest.raises(Refused, match="reason: is empty"):
        acknowledge_drift("ada", " ")
    with pytest.raises(PermanentError, match="names nobody"):
        acknowledge_drift(" ", "a sale")

    monkeypatch.setattr(acknowledging.ledger, "now", lambda: (NOW + timedelta(days=40)).isoformat())
    assert acknowledge_drift("ada", "a sale") == day(5)
    with pytest.raises(NothingToDo, match="no monitored day of it waits for an answer"):
        acknowledge_drift("ada", "a sale")
    loop.facts = {"now": NOW + timedelta(days=50)}
    assert decide_retraining([], "run7").verdict == "answered"
    assert decide_retraining([scored(6), scored(7)], "run8").verdict == "train"
    assert datetime.fromisoformat(str(response.read().answers[-1].at)) == NOW + timedelta(days=50)
