"""The month's money: reserved once a job, given back once what became of it is known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reviewloop.core.costs.budget import Budget, Reservation, Used, alerts, outcome, reserved, settled

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wanted(key: str, usd: float = 4.0, at: datetime = NOW, **more: Any) -> Reservation:
    return Reservation(**{"key": key, "kind": "sagemaker", "place": "r", "at": at, "usd": usd, "longest_seconds": 3600, **more})


def held(*wants: Reservation, cap: float = 10.0) -> Budget:
    found = Budget()
    for want in wants:
        found, _ = reserved(found, want, cap)
    return found


def test_a_job_reserves_what_it_may_cost_until_the_month_is_spent() -> None:
    state = held(wanted("a"), wanted("b"))
    assert (state.counted_usd("2026-11"), state.left_usd("2026-11", 10)) == (8.0, 2.0)
    after, got = reserved(state, wanted("c"), 10)
    assert got is None
    assert after.counted_usd("2026-11") == 8.0
    assert [one.key for one in after.refusals] == ["c"]
    assert reserved(state, wanted("c", 2.0), 10)[1] is not None, "the last two are there to be taken"


def test_the_same_job_again_reserves_nothing_more() -> None:
    state = held(wanted("a", 6.0))
    after, got = reserved(state, wanted("a", 6.0, NOW + HOUR), 10)
    assert after == state
    assert got == state.of("a"), "also where a second reservation would not fit"


def test_the_next_try_of_a_job_that_ended_is_another_reservation() -> None:
    state = settled(held(wanted("a", 6.0)), "a", "settled", 1800)
    assert state.counted_usd("2026-11") == 3.0
    assert held(wanted("a-2", 6.0)).open()
    assert reserved(state, wanted("a", 6.0), 10)[0].counted_usd("2026-11") == 9.0


def test_a_month_is_the_one_in_which_the_job_began() -> None:
    state = held(wanted("a", 9.0, datetime(2026, 11, 30, 23, 59, tzinfo=UTC)))
    assert reserved(state, wanted("b", 9.0, datetime(2026, 12, 1, tzinfo=UTC)), 10)[1] is not None
    assert reserved(state, wanted("b", 9.0), 10)[1] is None


def test_a_cap_of_nothing_lets_nothing_start() -> None:
    assert reserved(Budget(), wanted("a", 0.01), 0)[1] is None


def test_sums_of_cents_that_fill_a_cap_exactly_fit() -> None:
    state = held(*(wanted(str(number), 0.1) for number in range(9)), cap=1.0)
    assert reserved(state, wanted("last", 0.1), 1.0)[1] is not None, "0.1 ten times is 0.9999999999999999, and is 1"


@pytest.mark.parametrize(
    ("used", "kind", "age", "expected"),
    [
        (Used("running"), "sagemaker", 100 * HOUR, ("open", 0.0)),
        (Used("ended", 90.0), "sagemaker", HOUR, ("settled", 90.0)),
        (Used("absent"), "sagemaker", HOUR / 2, ("open", 0.0)),
        (Used("absent"), "sagemaker", 2 * HOUR, ("never started", 0.0)),
        (Used("absent"), "sagemaker", 1000 * HOUR, ("never started", 0.0)),
        (Used("absent"), "batch", 2 * HOUR, ("never started", 0.0)),
        (Used("absent"), "batch", 24 * 7 * HOUR, ("unknown", 0.0)),
    ],
)
def test_what_became_of_a_reservation(used: Used, kind: str, age: timedelta, expected: tuple[str, float]) -> None:
    assert outcome(wanted("a", kind=kind), used, NOW + age) == expected


def test_what_is_known_stands_above_what_was_guessed_and_nothing_is_settled_twice() -> None:
    state = held(wanted("a"))
    assert settled(state, "a", "never started").counted_usd("2026-11") == 0
    assert settled(state, "a", "unknown").counted_usd("2026-11") == 4.0, "what nobody knows stays spent"
    assert settled(settled(state, "a", "never started"), "a", "settled", 900).counted_usd("2026-11") == 1.0
    done = settled(state, "a", "settled", 900)
    assert settled(done, "a", "settled", 900) is done
    assert settled(done, "a", "settled", 10) is done, "of two tellings the longer"
    assert settled(done, "a", "never started") is done
    assert settled(state, "nobody", "settled", 900) is state


def test_one_alert_a_month_whatever_it_kept_from_starting() -> None:
    state = held(wanted("a", 9.0))
    assert list(alerts(state, 10, NOW)) == []
    for number in range(40):
        state, _ = reserved(state, wanted(f"job{number}"), 10)
    (found,) = alerts(state, 10, NOW)
    assert (found.key, found.severity, found.asks) == ("budget/2026-11", "critical", True)
    assert "of 10.00 USD 1.00 are left" in found.lines[0]
    assert len(found.lines) < 10
    assert list(alerts(state, 100, NOW)) == [], "the cap was raised"
    assert list(alerts(state, 10, NOW + timedelta(days=1))) == [], "the month is over"
    assert list(alerts(settled(state, "a", "settled", 60), 10, NOW)) == [], "what was refused would fit now"


def test_a_job_that_starts_after_all_is_no_refusal_any_more() -> None:
    state = held(wanted("a", 9.0), wanted("b", 9.0))
    assert state.refusals
    assert not reserved(settled(state, "a", "settled", 60), wanted("b", 9.0), 10)[0].refusals


def test_reservations_are_kept_for_a_year_and_a_month() -> None:
    state = held(wanted("old", 1, NOW - timedelta(days=401)), wanted("kept", 1, NOW - timedelta(days=399)), wanted("new", 1))
    assert [one.key for one in state.reservations] == ["kept", "new"]
