"""What is looked for, on the real local S3: found, told, answered, over."""

from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.helpers.rollouts import PROMOTED, START, asked, ledger, plan, started
from tests.helpers.votes import LIMITS, NOW, vote, world

from reviewloop.adapters.alerts import channel, looking
from reviewloop.adapters.costs import budget
from reviewloop.adapters.lake import s3
from reviewloop.adapters.monitoring import response
from reviewloop.core.costs.budget import Reservation
from reviewloop.core.monitoring.response.decision import decide, recorded
from reviewloop.core.monitoring.response.state import State
from reviewloop.core.release.events import Draft
from reviewloop.core.release.standing import Events
from reviewloop.errors import NothingToDo, PermanentError, Refused
from reviewloop.steps.alerts.answer_alert import answer_alert
from reviewloop.steps.alerts.look_for_alerts import look_for_alerts
from reviewloop.steps.alerts.show_alerts import show_alerts

pytestmark = pytest.mark.contract
OF_PLAN = plan()


class Loop:
    """The ledger and the clock; the lake is the real one."""

    def __init__(self) -> None:
        self.events: Events = ledger(PROMOTED)
        self.now = START + timedelta(hours=1)

    def decided(self, *votes: Any, **facts: Any) -> None:
        def made(state: State) -> tuple[State, None]:
            state = state.with_votes(votes)
            found = world(now=self.now, **facts)
            return recorded(state, decide(state, found, LIMITS), found, f"run{len(state.decisions)}"), None

        response.change(made)


@pytest.fixture
def loop(lake: str, monkeypatch: pytest.MonkeyPatch) -> Loop:
    made = Loop()
    monkeypatch.setattr(looking.ledger, "read", lambda: made.events)
    monkeypatch.setattr(channel, "now", lambda: made.now)
    return made


def titles() -> list[str]:
    return [f"{message.word}: {message.title}" for message in channel.read().messages]


def test_looking_again_and_again_tells_once(loop: Loop) -> None:
    loop.events = ledger(PROMOTED, Draft("rolled_back", "person:ada", "1", "d1", {"replaces": "2", "reason": "angry"}))
    for _ in range(5):
        assert look_for_alerts() == 0
        loop.now += timedelta(hours=4)
    assert titles() == ["raised: Version 1 answers again, in the place of version 2"]


def test_a_rollout_that_waits_is_open_until_it_ends(loop: Loop) -> None:
    loop.events = ledger(PROMOTED, started(OF_PLAN), asked(OF_PLAN, "deadline"))
    assert look_for_alerts() == 1
    ended = Draft("rollout_ended", "person:ada", "2", "d2", {"rollout": loop.events[1].sha256, "guard": "aborted", "why": "no"})
    loop.events = ledger(PROMOTED, started(OF_PLAN), asked(OF_PLAN, "deadline"), ended)
    assert look_for_alerts() == 0
    waits = "The rollout of version 2 waits for a person"
    assert titles() == [f"raised: {waits}", "raised: The rollout of version 2 ended: aborted", f"resolved: {waits}"]


def test_a_suppressed_training_asks_until_something_else_is_decided(loop: Loop) -> None:
    loop.decided(vote(0, "text"), vote(1, "text"), num_new_rows=3)
    assert look_for_alerts() == 1
    loop.now += timedelta(hours=2)
    loop.decided(vote(2), vote(3), vote(4))
    assert look_for_alerts() == 0
    stands = "Drift under version 1 is confirmed, and no training starts"
    assert titles() == [f"raised: {stands}", f"resolved: {stands}"]


def test_one_drift_decided_by_three_runs_is_one_message(loop: Loop) -> None:
    for _ in range(3):
        loop.decided(vote(0, "text"), vote(1, "text"))
        look_for_alerts()
    assert len(titles()) == 1
    assert titles()[0].endswith("confirmed, a training starts")


def test_no_monitored_day_for_too_long_is_told_and_is_over_with_the_next_one(loop: Loop) -> None:
    loop.decided(vote(0))
    loop.now += timedelta(hours=25)
    assert look_for_alerts() == 0
    loop.now += timedelta(hours=2)
    assert look_for_alerts() == 1
    loop.decided(vote(1))
    assert look_for_alerts() == 0
    assert titles() == ["raised: No day was monitored for 26 hours", "resolved: No day was monitored for 26 hours"]


def test_a_spent_month_is_told_once_and_is_over_with_it(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "settle_open", lambda _: [])
    for number in range(3):
        more = {"kind": "sagemaker", "place": "", "at": loop.now, "usd": 60, "longest_seconds": 60}
        with nullcontext() if number == 0 else pytest.raises(PermanentError, match="over budget"):
            budget.reserve(Reservation.model_validate({"key": f"job{number}", **more}), 100)
    assert look_for_alerts() == look_for_alerts() == 1
    spent = "The budget of 2026-01 is spent, and 2 of the jobs did not start"
    loop.now += timedelta(days=30)
    loop.decided(vote(0))
    look_for_alerts()
    assert [title for title in titles() if "budget" in title] == [f"raised: {spent}", f"resolved: {spent}"]


def test_before_the_first_release_nothing_is_missed(loop: Loop) -> None:
    loop.events, loop.now = (), loop.now + timedelta(days=9)
    assert look_for_alerts() == 0


def test_who_answers_is_on_the_page_and_is_not_called_again(loop: Loop) -> None:
    loop.decided(vote(0, "text"), vote(1, "text"), num_new_rows=3)
    look_for_alerts()
    with pytest.raises(Refused, match="reason: is empty"):
        answer_alert("drift/version=1", "ada", "")
    with pytest.raises(NothingToDo, match="'drift' is no open alert; open are: drift/version=1"):
        answer_alert("drift", "ada", "rows come on Monday")
    assert answer_alert("drift/version=1", "ada", "rows come on Monday").startswith("Drift under version 1")
    shown = show_alerts()
    assert (shown.num_open, shown.num_undelivered) == (1, 0)
    page = s3.read_bytes(shown.page_uri).decode()
    assert "person:ada" in page
    assert "rows come on Monday" in page
    assert "1 open" in page
    assert show_alerts() == shown
    loop.now = NOW + timedelta(hours=20)
    look_for_alerts()
    assert not [title for title in titles() if title.startswith("escalated")]


def test_what_nobody_answers_becomes_louder(loop: Loop) -> None:
    loop.decided(vote(0, "text"), vote(1, "text"), num_new_rows=3)
    look_for_alerts()
    loop.now += timedelta(hours=25)
    loop.decided(vote(2, "text"), num_new_rows=3)
    look_for_alerts()
    assert titles()[-1].startswith("escalated: ")
    assert datetime.fromisoformat(str(channel.read().alerts["drift/version=1"].escalated_at)) == loop.now
