"""What a plan will take is said before it starts; one that cannot get there does not."""

from dataclasses import replace

import pytest
from tests.helpers.rollouts import plan

from reviewloop.core.rollout.forecast import Traffic, forecast, in_words, labels_in_power, why_refused

STAGED = plan()


def hours(requests: float, labels: float) -> dict[str, float | None]:
    return {step.stage: step.hours for step in forecast(STAGED, Traffic(requests, labels), 0.12, 0.8).steps}


def test_each_stage_takes_as_long_as_what_it_waits_for_longest() -> None:
    found = hours(1000, 100)
    assert found["shadow"] == pytest.approx(1), "requests and bake; 100 labels too"
    assert found["canary_a"] == pytest.approx(29.9), "299 of 1 % of 1,000 an hour"
    assert found["canary_b"] == pytest.approx(2.99)
    assert found["full"] == pytest.approx(1), "its bake time"


def test_labels_add_up_over_stages_where_both_read() -> None:
    needed = labels_in_power(0.05, 0.12, 0.05, 0.8)
    assert needed is not None
    before = 10 * 10 + 29.9 * 10 * 0.99  # shadow: 10 h for its 100 labels; canary_a 29.9 h
    after = hours(1000, 10)
    assert after["shadow"] == pytest.approx(10)
    assert after["canary_b"] is not None
    have = before + after["canary_b"] * 10 * 0.9
    assert after["canary_c"] == pytest.approx((needed - have) / 5)


def test_no_traffic_no_start() -> None:
    told = forecast(STAGED, Traffic(0, 0), 0.12, 0.8)
    assert told.hours is None
    assert why_refused(STAGED, told).startswith("stage shadow would never end at today's traffic: ")
    assert "299 requests at 1% of 12 an hour: 2,492 h" in why_refused(STAGED, forecast(STAGED, Traffic(12, 100), 0.12, 0.8))


def test_a_plan_that_gets_there_in_time_is_not_refused_and_says_its_numbers() -> None:
    told = forecast(STAGED, Traffic(5000, 100), 0.12, 0.8)
    assert why_refused(STAGED, told) == ""
    words = in_words(STAGED, told)
    assert "0 errors in 299 requests say that fewer than 0.01 fail" in words
    assert any("labels, about, for the verdict" in line for line in words)
    (back,) = [line for line in words if line.startswith("one that is worse by 0.05 goes back within ")]
    half, most = (int(part.split()[0]) for part in back.split("within ")[1:])
    assert 200 < half < 400 < most < 700, back
    assert back.endswith("in 80% of them")
    assert words[-1].endswith("of 336 h until a person is asked")


def test_a_stage_that_ends_before_its_guard_can_speak_is_refused() -> None:
    short = replace(STAGED, stages=(replace(STAGED.stages[0], requests=298), *STAGED.stages[1:]))
    why = why_refused(short, forecast(short, Traffic(5000, 100), 0.12, 0.8))
    assert why.startswith("stage shadow ends on 298 requests, and it takes 299 without a failure")


def test_a_guard_that_lets_every_request_fail_asks_for_none_without_a_failure() -> None:
    lenient = replace(STAGED, guards=tuple(replace(one, limit=1.0) if one.name == "errors" else one for one in STAGED.guards))
    told = forecast(lenient, Traffic(5000, 100), 0.12, 0.8)
    assert why_refused(lenient, told) == ""
    assert not any("errors in" in line for line in in_words(lenient, told))


def test_a_margin_too_small_for_any_rollout_is_said() -> None:
    assert labels_in_power(0.01, 0.12, 0.05, 0.8) is None
    narrow = replace(STAGED, margin=0.01)
    told = forecast(narrow, Traffic(5000, 100), 0.12, 0.8)
    assert "more than 2,000 more labels" in why_refused(narrow, told)


def test_a_plan_without_the_guard_that_asks_labels_says_nothing_of_them() -> None:
    blind = replace(STAGED, guards=tuple(guard for guard in STAGED.guards if guard.name != "quality"))
    told = forecast(blind, Traffic(5000, 100), 0.12, 0.8)
    assert told.until_back is None
    assert not any("goes back" in line for line in in_words(blind, told))


def test_a_loss_that_is_seldom_seen_is_said_to_be() -> None:
    narrow = replace(STAGED, margin=0.01)
    assert "within more than 2,000 labels in half of all rollouts" in "".join(
        in_words(narrow, forecast(narrow, Traffic(5000, 100), 0.12, 0.8))
    )
