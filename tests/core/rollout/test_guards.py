"""Every guard sends back, by name, what was planted for it, and nobody for what may be luck."""

from dataclasses import replace
from typing import Any

import pytest
from tests.helpers.deciding import CANARY, FULL, LATER, SHADOW, STAGED, decided
from tests.helpers.rollouts import arm, evidence, plan, rollout

from reviewloop.core.rollout.evidence import Evidence, PairedEvidence, latency_step
from reviewloop.core.rollout.machine import SICK, Advance, Back, Finish, Hold, decide
from reviewloop.core.rollout.paired_quality import Pairs
from reviewloop.core.rollout.state import Rollout

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
