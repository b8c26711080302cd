"""Evidence moves a rollout, time never does."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.helpers.deciding import CANARY, FULL, HALF, LATER, STAGED, decided
from tests.helpers.rollouts import PROMOTED, START, evidence, extended, ledger, plan, rollout, stage_evidence, started

from reviewloop.core.rollout.coverage import Half
from reviewloop.core.rollout.evidence import ArmEvidence, Evidence, PairedEvidence
from reviewloop.core.rollout.machine import COVERAGE, Advance, Back, Finish, Hold, Void, deadline, decide
from reviewloop.core.rollout.paired_quality import Pairs
from reviewloop.core.rollout.plan import Plan
from reviewloop.core.rollout.state import DEADLINE, Rollout, current


@pytest.mark.parametrize("at", range(4))
def test_a_sound_challenger_goes_on_stage_by_stage(at: int) -> None:
    of = rollout(STAGED, at)
    assert decided(of, evidence(of)) == Advance(at + 1)


@pytest.mark.parametrize("name", ["staged", "ab", "blue_green", "linear"])
def test_a_sound_challenger_is_promoted_after_its_last_stage(name: str) -> None:
    chosen = plan(name)
    of = rollout(chosen, len(chosen.stages) - 1)
    found = evidence(of)
    stages = tuple(replace(stage, last_at=(START + timedelta(days=2)).isoformat()) for stage in found.stages)
    assert decided(of, replace(found, stages=stages)) == Finish()


@pytest.mark.parametrize("at", range(5))
def test_time_alone_promotes_nothing(at: int) -> None:
    of = rollout(STAGED, at)
    for hours in (0, 1, 100, 335):
        found = decided(of, Evidence(of.started.sha256), hours)
        assert isinstance(found, Hold), (at, hours)
        assert str(found.missing[0]).startswith("0 of ")
        assert found.asks == ""


def test_no_traffic_says_how_much_of_what_is_missing() -> None:
    of = rollout(STAGED, CANARY)
    found = decided(of, Evidence(of.started.sha256))
    assert isinstance(found, Hold)
    assert [str(one) for one in found.missing] == [
        "0 of 299 requests answered by the challenger", "0 of 3,600 seconds with traffic",
        "0 of 300 labelled reviews that both read, one a unit",
    ]  # fmt: skip
    assert {one.seconds for one in found.missing} == {None}


def test_traffic_that_stops_half_way_is_a_hold_for_ever_and_the_pace_says_until_when() -> None:
    of = rollout(STAGED, CANARY)
    some = replace(evidence(of), stages=(stage_evidence("canary_b", 0.1, 1000, seconds=1800),))
    found = decided(of, some, hours=1)
    assert isinstance(found, Hold)
    assert [(str(one), one.seconds) for one in found.missing] == [
        ("100 of 299 requests answered by the challenger", pytest.approx(7164)), ("1,800 of 3,600 seconds with traffic", 1800),
    ]  # fmt: skip
    assert isinstance(decided(of, some, hours=300), Hold)


def test_time_without_traffic_does_not_bake() -> None:
    of = rollout(STAGED, CANARY)
    found = evidence(of)
    quick = replace(found, stages=tuple(replace(stage, last_at=stage.first_at) for stage in found.stages))
    held = decided(of, quick, hours=200)
    assert isinstance(held, Hold)
    assert [one.what for one in held.missing] == ["seconds with traffic"]


def test_a_verdict_that_is_asked_for_is_waited_for() -> None:
    of = rollout(replace(STAGED, labels_needed=617), HALF)
    found = decided(of, evidence(of, num_labels=200))
    assert isinstance(found, Hold)
    assert [str(one) for one in found.missing] == ["200 of 617 labels, about, for the verdict: no worse within 0.05"]


def labelled_by_length(of: Rollout, shorter: int, longer: int, loss: float = 0.0) -> Evidence:
    """So many of 10,000 reviews of each half are labelled."""
    found = evidence(of, loss=loss)
    halves = [Half(10_000, num, 10_000, num) for num in (shorter, longer)]
    return replace(found, paired=replace(found.paired, shorter=halves[0], longer=halves[1]))


@pytest.mark.parametrize(("shorter", "longer"), [(1500, 500), (500, 1500), (2000, 0)])
def test_labels_of_one_half_of_the_lengths_call_nobody_no_worse_and_a_person_is_asked(shorter: int, longer: int) -> None:
    of = rollout(STAGED, HALF)
    found = decided(of, labelled_by_length(of, shorter, longer))
    assert found == Hold(
        f"of the reviews up to 300 characters {shorter / 100:.1f}% are labelled, of the longer ones {longer / 100:.1f}%: labels of "
        "the one half are no verdict on both",
        (),
        COVERAGE,
    )
    for at in (CANARY, FULL):
        of = rollout(STAGED, at)
        assert isinstance(decided(of, labelled_by_length(of, shorter, longer)), Advance | Finish), (
            "who asks no verdict waits for none"
        )


def test_worse_is_worse_on_whatever_is_labelled() -> None:
    of = rollout(STAGED, HALF)
    found = decided(of, labelled_by_length(of, 2000, 0, loss=0.05))
    assert isinstance(found, Back)
    assert found.guard == "quality"


def test_a_gap_within_its_limit_and_one_that_may_be_luck_keep_nobody() -> None:
    of = rollout(STAGED, HALF)
    assert decided(of, labelled_by_length(of, 1190, 810)) == Advance(HALF + 1), "certain, and within 0.2"
    assert decided(of, labelled_by_length(of, 30, 12)) == Advance(HALF + 1), "0.43, and perhaps by luck"
    lenient = rollout(replace(STAGED, max_coverage_gap=1.0), HALF)
    assert decided(lenient, labelled_by_length(lenient, 2000, 0)) == Advance(HALF + 1)


def test_without_enough_labels_it_is_they_that_are_missing_whoever_is_labelled() -> None:
    of = rollout(replace(STAGED, labels_needed=617), HALF)
    found = labelled_by_length(of, 1500, 500)
    few = replace(found, paired=replace(found.paired, pairs=Pairs(12, 12, 176)))
    held = decided(of, few)
    assert isinstance(held, Hold)
    assert (held.asks, len(held.missing)) == ("", 1)


def test_a_deadline_is_told_whatever_is_labelled() -> None:
    of = rollout(STAGED, HALF)
    held = decided(of, labelled_by_length(of, 1500, 500), hours=336)
    assert isinstance(held, Hold)
    assert held.asks == DEADLINE


def test_at_the_deadline_a_person_is_asked_and_nothing_goes_on() -> None:
    of = rollout(STAGED, CANARY)
    assert decided(of, evidence(of), hours=335.9) == Advance(CANARY + 1)
    held = decided(of, evidence(of), hours=336)
    assert isinstance(held, Hold)
    assert held.asks == DEADLINE
    worse = evidence(of, loss=0.1)
    assert isinstance(decided(of, worse, hours=336), Back), "to go back is never too late"


def test_the_deadline_that_a_person_has_set_holds_and_moves_nothing_without_evidence() -> None:
    of = rollout(STAGED, CANARY, extended(STAGED, 384.25))
    assert deadline(of) == START + timedelta(hours=384.25)
    waits = decided(of, Evidence(of.started.sha256), hours=384)
    assert isinstance(waits, Hold)
    assert waits.asks == ""
    assert decided(of, evidence(of), hours=384) == Advance(CANARY + 1)
    held = decided(of, evidence(of), hours=384.25)
    assert isinstance(held, Hold)
    assert (held.asks, held.reason) == (
        DEADLINE,
        "the deadline has passed, 384.2 hours after the start: end it (abort_rollout) or give it more time (extend_rollout)",
    )


def test_another_champion_makes_it_void() -> None:
    events = ledger(PROMOTED, started(STAGED, replaces="7"))
    of = current(events)
    assert of is not None
    found = decided(of, evidence(of))
    assert found == Void("version 7 was the champion at its start, and version 1 answers now")


def test_the_evidence_of_another_rollout_is_none() -> None:
    of = rollout(STAGED, CANARY)
    with pytest.raises(ValueError, match="says nothing about"):
        decide(of, Evidence("another"), LATER)


def test_evidence_of_an_earlier_stage_is_none_of_this_one() -> None:
    of = rollout(STAGED, CANARY)
    found = evidence(of)
    assert isinstance(decided(of, replace(found, stages=found.stages[:-1])), Hold)


def test_a_stage_that_asks_for_no_labels_is_not_kept_by_the_guards_that_do() -> None:
    quick: Plan = replace(STAGED, stages=(replace(STAGED.stages[0], labels=0), STAGED.stages[3]))
    of = rollout(quick)
    unlabelled = PairedEvidence(4000, 400, 4000, 400)
    assert decided(of, replace(evidence(of), paired=unlabelled)) == Advance(1)
    asked = rollout(STAGED)
    held = decided(asked, replace(evidence(asked), paired=unlabelled))
    assert isinstance(held, Hold)


def test_a_stage_without_a_champion_to_read_beside_waits() -> None:
    of = rollout(STAGED, CANARY)
    found = evidence(of)
    alone = replace(found.stages[-1], champion=ArmEvidence())
    assert isinstance(decided(of, replace(found, stages=(*found.stages[:-1], alone))), Hold)
