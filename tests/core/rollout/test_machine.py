"""Evidence moves a rollout, time never does; and every guard sends back, by name, what was planted for it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.helpers.rollouts import PROMOTED, START, arm, asked, evidence, extended, ledger, plan, rollout, stage_evidence, started

from reviewloop.core.rollout.coverage import Half
from reviewloop.core.rollout.evidence import ArmEvidence, Evidence, PairedEvidence, latency_step
from reviewloop.core.rollout.machine import COVERAGE, LOST, SICK, Advance, Back, Decision, Finish, Hold, Void, deadline, decide
from reviewloop.core.rollout.paired_quality import Pairs
from reviewloop.core.rollout.plan import Plan
from reviewloop.core.rollout.state import DEADLINE, Rollout, current
from reviewloop.core.rollout.verdicts import SAMPLE_RATIO

LATER = START + timedelta(hours=3)
STAGED = plan()
SHADOW, CANARY, HALF, FULL = 0, 2, 3, 4


def decided(of: Rollout, found: Evidence, hours: float = 3) -> Decision:
    return decide(of, found, START + timedelta(hours=hours)).decision


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


PLANTED: dict[str, tuple[int, dict[str, Any]]] = {
    "errors": (CANARY, {"num_errors": 40, "units_with_errors": 40}),
    "timeouts": (CANARY, {"num_timeouts": 40, "units_with_timeouts": 40}),
    "refused": (CANARY, {"num_refused": 40, "units_refused": 40}),
    "gone": (CANARY, {"num_gone": 40, "units_gone": 40}),
    "slow": (CANARY, {"latencies": {latency_step(25): 400}, "unit_latencies": {latency_step(25): 400}}),
    "not_finite": (CANARY, {"num_not_finite": 12, "units_with_not_finite": 12, "num_errors": 12, "units_with_errors": 12}),
    "constant": (CANARY, {"answers": {"positive": 400}, "unit_answers": {"positive": 400}}),
    "answer_shift": (CANARY, {"answers": {"negative": 140, "positive": 260}, "unit_answers": {"negative": 140, "positive": 260}}),
}


@pytest.mark.parametrize("guard", PLANTED)
def test_a_planted_fault_comes_back_by_its_guard(guard: str) -> None:
    at, fault = PLANTED[guard]
    of = rollout(STAGED, at)
    found = decide(of, evidence(of, **fault), LATER)
    assert isinstance(found.decision, Back)
    assert found.decision.guard == guard
    fired = {one.guard for one in found.findings if one.word == "fired"}
    assert fired == {guard} | {"constant": {"answer_shift"}, "not_finite": {"errors"}}.get(guard, set()), "the nearest names it"


@pytest.mark.parametrize("guard", ["errors", "timeouts", "not_finite", "constant", "answer_shift"])
def test_in_shadow_too_before_any_caller_sees_it(guard: str) -> None:
    of = rollout(STAGED, SHADOW)
    fault = {name: {key: 10 * n for key, n in value.items()} if isinstance(value, dict) else value
             for name, value in PLANTED[guard][1].items()}  # fmt: skip
    fault |= {name: 10 * value for name, value in fault.items() if isinstance(value, int)}
    found = decided(of, evidence(of, **fault))
    assert isinstance(found, Back)
    assert found.guard == guard


@pytest.mark.parametrize("guard", ["errors", "timeouts", "not_finite", "constant"])
def test_and_where_nobody_is_left_to_compare_with(guard: str) -> None:
    of = rollout(STAGED, FULL)
    num = 30 if guard == "not_finite" else 150
    fault = {f"num_{guard}": num, f"units_with_{guard}": num}
    found = decided(of, evidence(of, **(PLANTED["constant"][1] if guard == "constant" else fault)))
    assert isinstance(found, Back)
    assert found.guard == guard


ANSWERED_FEW: list[tuple[str, str, int]] = [(guard, name, at) for guard in ("refused", "gone")
                                            for name, at in (("blue_green", 0), ("staged", FULL))]  # fmt: skip


def unanswered(of: Rollout, guard: str, asked: int, num: int, units: int) -> Evidence:
    found = evidence(of)
    mine = arm(asked, **{"num_answered": asked - num, f"num_{guard}": num, f"units_{guard}": units})
    return replace(found, stages=(*found.stages[:-1], replace(found.stages[-1], challenger=mine)))


@pytest.mark.parametrize(("guard", "name", "at"), ANSWERED_FEW)
def test_one_that_leaves_its_callers_without_an_answer_goes_back_though_nothing_fails(guard: str, name: str, at: int) -> None:
    of = rollout(plan(name), at)
    found = decided(of, unanswered(of, guard, 360, 300, 300))
    assert isinstance(found, Back)
    assert found.guard == guard


@pytest.mark.parametrize(("guard", "name", "at"), ANSWERED_FEW)
def test_alone_a_few_more_than_the_limit_hold_it_and_callers_who_always_do_send_nobody_back(guard: str, name: str, at: int) -> None:
    of = rollout(plan(name), at)
    held = decided(of, unanswered(of, guard, 4000, 160, 160))
    assert isinstance(held, Hold)
    assert held.reason.startswith(f"{guard}: 160 of 4000 ")
    assert decided(of, unanswered(of, guard, 4000, 20, 20)) == Finish()


@pytest.mark.parametrize("guard", ["refused", "gone"])
def test_requests_without_an_answer_fill_no_stage(guard: str) -> None:
    of = rollout(plan("blue_green", guards=()))
    held = decided(of, unanswered(of, guard, 360, 300, 300))
    assert isinstance(held, Hold)
    assert [str(one) for one in held.missing] == ["60 of 299 requests answered by the challenger"]


@pytest.mark.parametrize("guard", ["errors", "timeouts", "refused", "gone", "not_finite"])
def test_alone_too_one_caller_who_meets_a_fault_a_thousand_times_sends_nobody_back_and_lets_nobody_on(guard: str) -> None:
    of = rollout(STAGED, FULL)
    units = f"units_{guard}" if guard in ("refused", "gone") else f"units_with_{guard}"
    found = evidence(of)
    mine = replace(found.stages[-1].challenger, num_requests=5000, **{f"num_{guard}": 1000, units: 1})
    held = decided(of, replace(found, stages=(*found.stages[:-1], replace(found.stages[-1], challenger=mine))))
    assert isinstance(held, Hold)
    assert held.reason.startswith(f"{guard}: 1000 of 5000 ")


def test_alone_units_that_send_many_requests_are_no_worse_for_it() -> None:
    """Of a thousand units with 40 requests each, at half of the limit every fifth meets an error."""
    of = rollout(STAGED, FULL)
    found = evidence(of)
    mine = replace(arm(1000), num_requests=40_000, num_answered=39_590, num_errors=410, units_with_errors=340)
    held = decided(of, replace(found, stages=(*found.stages[:-1], replace(found.stages[-1], challenger=mine))))
    assert isinstance(held, Hold), "0.010 above 0.01, by luck"


def test_a_champion_whose_one_caller_meets_a_fault_is_well() -> None:
    of = rollout(STAGED, CANARY)
    found = decided(of, champion_spoilt(of, num_errors=400, units_with_errors=1))
    assert found == Advance(CANARY + 1)


def test_fifty_customers_of_whom_all_got_one_answer_name_the_constant_before_the_shift_is_sure() -> None:
    of = rollout(STAGED, SHADOW)
    found = decided(
        of, evidence(of, num_units=50, num_labels=0, answers={"positive": 50}, unit_answers={"positive": 50}, num_distinct=1)
    )
    assert isinstance(found, Back)
    assert found.guard == "constant"


def test_one_caller_who_asks_the_same_again_and_again_makes_no_challenger_constant() -> None:
    of = rollout(STAGED, CANARY)
    alike = {"answers": {"positive": 300}, "unit_answers": {"positive": 1}, "num_distinct": 1}
    found = decide(of, evidence(of, num_labels=0, **alike), LATER)
    assert next(one for one in found.findings if one.guard == "constant").word != "fired"


def test_a_worse_challenger_comes_back_by_quality() -> None:
    of = rollout(STAGED, CANARY)
    found = decided(of, evidence(of, loss=0.05))
    assert isinstance(found, Back)
    assert found.guard == "quality"
    assert "the champion alone is right on 170, the challenger alone on 70" in found.why


def test_one_that_misses_complaints_comes_back_by_recall_negative() -> None:
    of = rollout(STAGED, CANARY)
    found = evidence(of)
    missing = decided(of, replace(found, paired=replace(found.paired, negative=Pairs(40, 4, 156))))
    assert isinstance(missing, Back)
    assert missing.guard == "recall_negative"


def test_one_that_disagrees_with_everything_comes_back_by_disagreement() -> None:
    of = rollout(STAGED, SHADOW)
    found = evidence(of, num_labels=0)
    other = decided(of, replace(found, paired=PairedEvidence(3000, 1500, 3000, 1500)))
    assert isinstance(other, Back)
    assert other.guard == "disagreement"


def test_a_fault_as_small_as_luck_sends_nobody_back_and_lets_nobody_on() -> None:
    of = rollout(STAGED, CANARY)
    found = decide(of, evidence(of, num_errors=5, units_with_errors=1), LATER)
    assert isinstance(found.decision, Hold)
    assert "errors: 5 of 400 requests failed, of the champion's 0 of 3600" in found.decision.reason


def champion_spoilt(of: Rollout, **fault: Any) -> Evidence:
    found = evidence(of)
    last = found.stages[-1]
    return replace(found, stages=(*found.stages[:-1], replace(last, champion=replace(last.champion, **fault))))


@pytest.mark.parametrize(
    ("guard", "fault"),
    [
        ("errors", {"num_errors": 400, "units_with_errors": 400}),
        ("timeouts", {"num_timeouts": 400, "units_with_timeouts": 400}),
        ("not_finite", {"num_not_finite": 60, "units_with_not_finite": 60}),
        ("refused", {"num_refused": 400, "units_refused": 400}),
        ("gone", {"num_gone": 600, "units_gone": 600}),
        ("constant", {"answers": {"positive": 3600}}),
        ("slow", {"latencies": {latency_step(1500): 3600}, "unit_latencies": {latency_step(1500): 3600}}),
    ],
)
def test_a_champion_that_is_not_well_sends_nobody_back_and_stops_the_rollout(guard: str, fault: dict[str, Any]) -> None:
    of = rollout(STAGED, CANARY)
    found = decided(of, champion_spoilt(of, **fault))
    assert isinstance(found, Hold)
    assert found.asks == SICK
    assert found.reason.startswith(f"{guard}: ")


@pytest.mark.parametrize(
    ("at", "fault"),
    [
        (SHADOW, {"answers": {"positive": 8}, "num_distinct": 8}),
        (CANARY, {"answers": {"positive": 36}, "num_distinct": 36}),
        (CANARY, {"latencies": {latency_step(10): 35, latency_step(1500): 1}, "unit_latencies": {latency_step(10): 35}}),
        (CANARY, {"num_errors": 2, "units_with_errors": 2}),
    ],
)
def test_a_few_answers_make_no_champion_sick_and_ask_nobody(at: int, fault: dict[str, Any]) -> None:
    of = rollout(STAGED, at)
    found = evidence(of, num_units=8 if at == SHADOW else 40, num_labels=0)
    last = found.stages[-1]
    shadow = replace(last.shadow, champion=replace(last.shadow.champion, **fault)) if at == SHADOW else last.shadow
    few = replace(last, champion=replace(last.champion, **fault), shadow=shadow)
    held = decided(of, replace(found, stages=(*found.stages[:-1], few)))
    assert isinstance(held, Hold)
    assert (held.asks, held.reason) == ("", "not enough evidence yet")


def test_both_failing_alike_sends_nobody_back() -> None:
    of = rollout(STAGED, CANARY)
    found = champion_spoilt(of, num_errors=72, units_with_errors=72)
    last = found.stages[-1]
    both = replace(last, challenger=replace(last.challenger, num_errors=8, units_with_errors=8))
    assert decided(of, replace(found, stages=(*found.stages[:-1], both))) == Advance(CANARY + 1)


def test_everything_slow_at_once_is_no_verdict() -> None:
    of = rollout(STAGED, CANARY)
    slow = {latency_step(1500): 3600}, {latency_step(3000): 400}
    found = champion_spoilt(of, latencies=slow[0], unit_latencies=slow[0])
    last = found.stages[-1]
    both = replace(last, challenger=replace(last.challenger, latencies=slow[1], unit_latencies=slow[1]))
    held = decided(of, replace(found, stages=(*found.stages[:-1], both)))
    assert isinstance(held, Hold)
    assert held.asks == SICK


def spoilt_ratio(of: Rollout) -> Evidence:
    found = evidence(of)
    thin = stage_evidence("canary_b", 0.05, 8000)
    return replace(found, stages=(*found.stages[:-1], thin))


def test_a_sample_ratio_that_fired_forbids_to_go_on_and_sends_nobody_back() -> None:
    of = rollout(STAGED, CANARY)
    held = decided(of, spoilt_ratio(of))
    assert isinstance(held, Hold)
    assert held.asks == SAMPLE_RATIO


def test_it_stays_fired_when_later_units_hide_it() -> None:
    of = rollout(STAGED, 0, asked(STAGED, SAMPLE_RATIO))
    held = decided(of, evidence(of))
    assert isinstance(held, Hold)
    assert held.asks == SAMPLE_RATIO


def test_units_of_an_arm_without_a_share_are_a_leak() -> None:
    of = rollout(STAGED, SHADOW)
    found = evidence(of)
    leaked = replace(found.stages[0], challenger=replace(found.stages[0].challenger, num_units=1))
    judged = decide(of, replace(found, stages=(leaked,)), LATER)
    assert isinstance(judged.decision, Hold)
    assert judged.decision.asks == SAMPLE_RATIO
    assert judged.findings[-1].told == "units in an arm of share 0: challenger"


def test_a_plan_of_95_to_5_with_a_million_units_is_no_mismatch() -> None:
    lopsided = replace(STAGED, stages=(replace(STAGED.stages[1], challenger=0.05),))
    of = rollout(lopsided)
    found = replace(evidence(of), stages=(stage_evidence("canary_a", 0.05, 1_000_000),))
    assert decided(of, found) == Finish()


def test_a_slow_challenger_that_thins_what_is_answered_is_seen_though_what_was_assigned_is_right() -> None:
    of = rollout(STAGED, HALF)
    found = evidence(of)
    last = found.stages[-1]
    thinned = replace(last, challenger=replace(last.challenger, units_answered=1500))
    judged = decide(of, replace(found, stages=(*found.stages[:-1], thinned)), LATER)
    assert isinstance(judged.decision, Hold)
    assert "among those answered" in judged.findings[-1].told


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"num_misattributed": 1}, "1 records name another version than their arm's"),
        ({"num_lost": 200}, "200 of 10200 captured records are lost"),
        ({"num_dropped": 200}, "200 of 10200 captured records are lost"),
    ],
)
def test_evidence_that_is_not_whole_moves_nothing(fault: dict[str, Any], words: str) -> None:
    of = rollout(STAGED, CANARY)
    held = decided(of, replace(evidence(of), **fault))
    assert isinstance(held, Hold)
    assert (held.asks, held.reason[: len(words)]) == (LOST, words)
    assert isinstance(decided(of, replace(evidence(of, loss=0.1), **fault)), Back), "what is there is enough to go back"


@pytest.mark.parametrize("at", [SHADOW, CANARY, HALF])
def test_a_shadow_that_drops_the_long_requests_moves_nothing_and_a_person_is_asked(at: int) -> None:
    of = rollout(STAGED, at)
    found = evidence(of)
    uneven = replace(
        found.paired, median_tokens=60, fewer_tokens=Half(2000, 2000, 2000, 2000), more_tokens=Half(2000, 900, 2000, 900)
    )
    held = decided(of, replace(found, paired=uneven))
    assert held == Hold(
        "of the requests up to 60 tokens 100.0% were read in shadow, of the longer ones 45.0%: what was dropped for want of room "
        "(serving.shadow_tokens) is not like what was read",
        (),
        LOST,
    )
    worse = evidence(of, loss=0.1)
    back = decided(
        of, replace(worse, paired=replace(worse.paired, fewer_tokens=uneven.fewer_tokens, more_tokens=uneven.more_tokens))
    )
    assert isinstance(back, Back), "what is there is enough to go back"


def test_a_shadow_that_drops_whatever_comes_and_a_few_long_ones_keep_nobody() -> None:
    of = rollout(STAGED, CANARY)
    found = evidence(of)
    for halves in ((Half(2000, 900, 2000, 900), Half(2000, 800, 2000, 800)), (Half(9, 9, 9, 9), Half(9, 5, 9, 5))):
        even = replace(found.paired, fewer_tokens=halves[0], more_tokens=halves[1])
        assert decided(of, replace(found, paired=even)) == Advance(CANARY + 1)


def test_a_shadow_is_not_asked_how_fast_it_is() -> None:
    of = rollout(STAGED, SHADOW)
    found = decide(of, evidence(of, latencies={latency_step(9000): 4000}, unit_latencies={latency_step(9000): 4000}), LATER)
    assert found.decision == Advance(1)
    words = {one.guard: one.word for one in found.findings}
    assert [words[guard] for guard in ("slow", "refused", "gone")] == ["not asked"] * 3


def slow(ms: float, num: int = 400) -> dict[str, Any]:
    return {"latencies": {latency_step(ms): num}, "unit_latencies": {latency_step(ms): num}}


@pytest.mark.parametrize(("name", "at"), [("blue_green", 0), ("staged", FULL)])
def test_one_that_is_too_slow_for_any_version_goes_back_where_it_answers_alone(name: str, at: int) -> None:
    of = rollout(plan(name), at)
    found = decide(of, evidence(of, **slow(1500)), LATER)
    assert isinstance(found.decision, Back)
    assert found.decision == Back("slow", "p99 1539 ms, of 1,000 ms at most")
    assert decided(of, evidence(of, **slow(700))) == Finish()
    one_caller = evidence(of, latencies={latency_step(10): 4000, latency_step(1500): 400},
                          unit_latencies={latency_step(10): 3999, latency_step(1500): 1})  # fmt: skip
    assert isinstance(decided(of, one_caller), Hold)


def test_one_that_is_so_slow_that_it_refuses_and_its_callers_leave_is_called_slow() -> None:
    of = rollout(STAGED, CANARY)
    found = decided(of, evidence(of, **PLANTED["refused"][1], **PLANTED["gone"][1], **slow(200)))
    assert isinstance(found, Back)
    assert found.guard == "slow", "the cause, and not what comes of it"


def test_without_a_limit_in_ms_nobody_is_too_slow_alone() -> None:
    guards = tuple(replace(guard, sick=None) if guard.name == "slow" else guard for guard in STAGED.guards)
    of = rollout(replace(STAGED, guards=guards), FULL)
    found = decide(of, evidence(of, **slow(1500)), LATER)
    assert {one.guard: one.word for one in found.findings}["slow"] == "not asked"


def test_a_stage_that_asks_for_no_labels_is_not_kept_by_the_guards_that_do() -> None:
    quick: Plan = replace(STAGED, stages=(replace(STAGED.stages[0], labels=0), STAGED.stages[3]))
    of = rollout(quick)
    unlabelled = PairedEvidence(4000, 400, 4000, 400)
    assert decided(of, replace(evidence(of), paired=unlabelled)) == Advance(1)
    asked = rollout(STAGED)
    held = decided(asked, replace(evidence(asked), paired=unlabelled))
    assert isinstance(held, Hold)


def chances_of(of: Rollout, found: Evidence) -> dict[str, float | None]:
    return {one.guard: one.p for one in decide(of, found, LATER).findings}


def test_a_guard_that_begins_anew_in_each_stage_has_a_share_of_alpha_in_each_and_quality_four_fifths_of_it() -> None:
    """Errors and quality alone, beside each other: twelve hits of twelve each."""
    guards = tuple(guard for guard in STAGED.guards if guard.name in ("errors", "quality"))
    seen = {}
    for num in (1, 5):
        of = rollout(replace(STAGED, guards=guards, stages=(STAGED.stages[3],) * num))
        found = evidence(of, num_errors=12, units_with_errors=12)
        seen[num] = chances_of(of, replace(found, paired=replace(found.paired, pairs=Pairs(12, 0, 0))))
    raw = 13 / (2**13 - 1)  # the mean of (2p)^12 over 1/2 to 1 is (2^13 - 1) / 13
    assert seen[1] == {"errors": pytest.approx(raw / 0.2), "quality": pytest.approx(raw / 0.8)}
    assert seen[5] == {"errors": pytest.approx(5 * raw / 0.2), "quality": pytest.approx(raw / 0.8)}
    alone = rollout(replace(STAGED, guards=guards[:1], stages=(STAGED.stages[3],)))
    assert chances_of(alone, evidence(alone, num_errors=12, units_with_errors=12)) == {"errors": pytest.approx(raw)}


def test_one_caller_that_fails_a_hundred_times_sends_nobody_back() -> None:
    of = rollout(STAGED, CANARY)
    found = decided(of, evidence(of, num_errors=100, units_with_errors=1))
    assert isinstance(found, Hold)


def test_a_stage_without_a_champion_to_read_beside_waits() -> None:
    of = rollout(STAGED, CANARY)
    found = evidence(of)
    alone = replace(found.stages[-1], champion=ArmEvidence())
    assert isinstance(decided(of, replace(found, stages=(*found.stages[:-1], alone))), Hold)
