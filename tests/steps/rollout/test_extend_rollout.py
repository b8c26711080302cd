"""What gives a rollout more time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.helpers.rolled_out import FAST, Seen, hours_until_deadline, kinds, shares, told
from tests.steps.release.test_interleavings import approved

from reviewloop.adapters.release import ledger
from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.core.rollout.evidence import Evidence
from reviewloop.errors import NothingToDo, PermanentError, Refused
from reviewloop.refs import QuestionRef
from reviewloop.steps.rollout.abort_rollout import abort_rollout
from reviewloop.steps.rollout.extend_rollout import extend_rollout
from reviewloop.steps.rollout.judge_rollout import judge_rollout
from reviewloop.steps.rollout.start_rollout import start_rollout

pytestmark = pytest.mark.usefixtures("seen")


@pytest.fixture
def later(question: QuestionRef, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A rollout has begun; sets the clock to so many hours after that."""
    start_rollout(question, **FAST)
    begun = datetime.fromisoformat(ledger.read()[-1].at)

    def to(hours: float) -> None:
        monkeypatch.setattr(ledger, "now", lambda: (begun + timedelta(hours=hours)).isoformat())

    return to


def test_more_time_is_counted_from_the_deadline_or_from_now_where_it_has_passed(later: Callable[[float], None]) -> None:
    later(100)
    number = extend_rollout("ada", "labels come late", 48)
    assert (ledger.read()[-1].number, kinds()[-1], hours_until_deadline()) == (number, "rollout_extended", 384)
    assert (ledger.read()[-1].by, ledger.read()[-1].facts["reason"]) == ("person:ada", "labels come late")
    later(400)
    extend_rollout("ada", "labels come late", 48)
    assert hours_until_deadline() == 448


def test_the_alarm_of_the_old_deadline_is_answered_and_that_of_the_new_one_is_raised(
    later: Callable[[float], None], seen: Seen
) -> None:
    seen.make = seen.nothing
    later(340)
    judge_rollout()
    assert len(told()) == 1
    before = shares()
    extend_rollout("ada", "labels come late", 48)
    assert shares() == before, "no new generation: what was counted goes on counting"
    waits = judge_rollout()
    assert (waits.decision, told(), waits.reason[:24]) == ("hold", [], "not enough evidence yet:")
    later(388)
    judge_rollout()
    judge_rollout()
    assert "388 hours after the start" in told()[0][1][0]
    assert kinds() == ["promoted", "rollout_started", "rollout_alarm", "rollout_extended", "rollout_alarm"]
    later(389)
    extend_rollout("ada", "once more", 1)
    seen.make = seen.sound
    assert judge_rollout().decision == "advance", "evidence moves it, as before"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("ada", " ", 1.0), "reason: is empty; who gives a rollout more time says why, in words"),
        ((" ", "why", 1.0), "by: ' ' names nobody"),
        (("ada", "why", 0.0), "hours: 0 is no time; give a number above 0"),
        (("ada", "why", -3.0), "hours: -3 is no time"),
        (("ada", "why", float("nan")), "hours: nan is no time"),
        (("ada", "why", float("inf")), "hours: inf is no time"),
        (("ada", "why", 1e300), r"hours: 1e\+300 is more than the 1824 that are left: captured requests are deleted after 90 days"),
        (("ada", "why", 1824.1), "hours: 1824.1 is more than the 1824 that are left"),
    ],
)
def test_what_is_no_extension_is_refused_in_one_line(later: Callable[[float], None], given: Any, words: str) -> None:
    events = ledger.read()
    later(1)
    with pytest.raises(PermanentError, match=words) as told:
        extend_rollout(*given)
    assert "\n" not in str(told.value)
    assert ledger.read() == events


def test_when_the_first_evidence_is_about_to_be_deleted_no_hour_is_left(later: Callable[[float], None]) -> None:
    later(1)
    extend_rollout("ada", "labels come late", 1824)
    with pytest.raises(Refused, match="hours: 1 is more than the 0 that are left"):
        extend_rollout("bob", "labels come late", 1)
    later(90 * 24 + 5)
    with pytest.raises(Refused, match="hours: 1 is more than the 0 that are left"):
        extend_rollout("bob", "labels come late", 1)


def test_what_is_not_under_way_has_no_deadline(question: QuestionRef) -> None:
    events = ledger.read()
    with pytest.raises(NothingToDo, match="no rollout is under way; version 1 answers, and goes on"):
        extend_rollout("ada", "labels come late", 48)
    assert ledger.read() == events


def test_the_same_extension_again_is_the_same(later: Callable[[float], None]) -> None:
    later(100)
    number = extend_rollout("ada", "labels come late", 48)
    assert extend_rollout("ada", "labels come late", 48) == number
    later(383)
    assert extend_rollout("ada", "labels come late", 48) == number
    assert hours_until_deadline() == 384
    assert extend_rollout("bob", "labels come late", 48) > number


def test_a_look_that_an_extension_overtook_does_not_ask_about_the_old_deadline(later: Callable[[float], None], seen: Seen) -> None:
    later(340)

    def slowly(started: Event, events: standing.Events) -> Evidence:
        seen.make = seen.nothing
        extend_rollout("ada", "labels come late", 48)
        return seen.nothing(started, events)

    seen.make = slowly
    with pytest.raises(NothingToDo, match="the rollout of version 2 was given more time meanwhile"):
        judge_rollout()
    assert kinds()[-1] == "rollout_extended"


def test_nobody_stays_for_an_extension_who_goes_back(later: Callable[[float], None], seen: Seen) -> None:
    def slowly(started: Event, events: standing.Events) -> Evidence:
        extend_rollout("ada", "labels come late", 48)
        return seen.worse(started, events)

    seen.make = slowly
    assert judge_rollout().decision == "back"
    assert kinds()[-1] == "rollout_ended"


def test_an_extension_is_of_the_rollout_that_was_seen(later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch) -> None:
    other, append = approved("third", "1"), ledger.append
    later(1)

    def slowly(decide: Any) -> Event:
        monkeypatch.setattr(ledger, "append", append)
        abort_rollout("bob", "the third is better")
        start_rollout(other, **FAST)
        return append(decide)

    monkeypatch.setattr(ledger, "append", slowly)
    with pytest.raises(Refused, match="the rollout of version 2 ended, and that of version 3 began"):
        extend_rollout("ada", "labels come late", 48)
    assert kinds()[-1] == "rollout_started"
