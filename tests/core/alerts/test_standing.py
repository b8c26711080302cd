"""What the ledger and the decisions on drift say that people must know."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.core.monitoring.skew.test_checks import check, checks
from tests.helpers.rollouts import PROMOTED, START, asked, extended, ledger, plan, started
from tests.helpers.votes import LIMITS as RESPONSE
from tests.helpers.votes import day, vote, world

from reviewloop.config import load_config
from reviewloop.core.alerts import standing
from reviewloop.core.alerts.notices import Outbox, Target
from reviewloop.core.monitoring.response.decision import Verdict, decide, recorded
from reviewloop.core.monitoring.response.state import State
from reviewloop.core.release.events import Draft, follow
from reviewloop.core.release.standing import Events
from reviewloop.refs import AlertRef

LIMITS, RELEASE = load_config("test").alerts, load_config("test").release
WEEK = timedelta(days=7)
OF_PLAN = plan()
QUESTION = Draft("asked", "program:ask", "2", "d2", {"shown": "s", "replaces": "1"})


def waiting(events: Events, after: timedelta = timedelta(hours=1)) -> list[AlertRef]:
    return list(standing.waits(events, START + after, RELEASE, LIMITS))


def test_an_approval_that_waits_is_told_until_somebody_answers_or_the_time_is_up() -> None:
    events = ledger(PROMOTED, QUESTION)
    assert [(one.key, one.title, one.asks) for one in waiting(events)] == [("approval/2", "Version 2 waits for an answer", True)]
    assert waiting(events, timedelta(minutes=LIMITS.approval_waits_minutes - 1)) == [], "a moment is no news"
    assert waiting(events, WEEK) == []
    answer = Draft("approved", "person:ada", "2", "d2", {"asked": events[-1].sha256})
    assert waiting((*events, follow(events, answer, START.isoformat()))) == []


def test_the_alert_says_until_when() -> None:
    (found,) = waiting(ledger(PROMOTED, QUESTION))
    assert f"to be answered until {START + WEEK:%Y-%m-%d %H:%M}" in found.lines[0]
    loops = Draft("asked", "program:ask", "2", "d2", {"shown": "s", "replaces": "1", "decides": "loop", "level": "full"})
    assert waiting(ledger(PROMOTED, loops)) == [], "the loop answers within seconds"


def test_what_was_sent_back_is_told_until_a_version_is_asked_about_again() -> None:
    events = ledger(PROMOTED, QUESTION)
    back = Draft("sent_back", "person:ada", "2", "d2", {"asked": events[-1].sha256, "reason": "label the returns"})
    events = (*events, follow(events, back, START.isoformat()))
    (found,) = waiting(events)
    assert (found.key, found.title, found.asks) == ("sent_back/3", "Version 2 was sent back", True)
    assert "ada: label the returns" in found.lines[0]
    again = Draft("asked", "program:ask", "3", "d3", {"shown": "t", "replaces": "1"})
    assert [one.key for one in waiting((*events, follow(events, again, START.isoformat())))] == ["approval/4"]


def test_a_way_back_that_came_after_the_answer_asks_nothing() -> None:
    events = ledger(PROMOTED, QUESTION)
    for kind in ("approved", "sent_back"):
        said = Draft(kind, "person:ada", "2", "d2", {"asked": events[1].sha256, "reason": "too late"})
        events = (*events, follow(events, said, START.isoformat()))
    assert waiting(events) == []


def test_a_target_that_takes_no_notices_for_an_hour_is_told_once_and_is_over_when_it_does() -> None:
    away = Outbox(targets={"HOOK": Target(since=0, failed="ConnectError", failing_since=START)})
    assert list(standing.undelivered(away, START + timedelta(minutes=59))) == []
    (found,) = standing.undelivered(away, START + timedelta(minutes=60))
    assert (found.key, found.asks) == ("notices/HOOK", True)
    assert "ConnectError" in found.lines[0]
    assert list(standing.undelivered(Outbox(targets={"HOOK": Target(since=0)}), START + timedelta(days=1))) == []


def test_a_rollout_that_asks_a_person_is_told_until_it_is_answered() -> None:
    begun = (PROMOTED, started(OF_PLAN))
    assert waiting(ledger(*begun)) == []
    (found,) = waiting(ledger(*begun, asked(OF_PLAN, "deadline")))
    assert (found.key, found.asks) == ("rollout/2/deadline", True)
    assert found.title == "The rollout of version 2 waits for a person"
    assert waiting(ledger(*begun, asked(OF_PLAN, "deadline"), extended(OF_PLAN, 400))) == []


@pytest.mark.parametrize(
    ("event", "title", "line"),
    [
        (
            Draft("rolled_back", "person:ada", "1", "d1", {"replaces": "2", "reason": "angry callers"}),
            "Version 1 answers again, in the place of version 2", "person:ada: angry callers",
        ),
        (
            Draft("rollout_ended", "program:judge_rollout", "2", "d2", {"rollout": "r", "guard": "quality", "why": "200 of 2000"}),
            "The rollout of version 2 ended: quality", "200 of 2000",
        ),
    ],
)  # fmt: skip
def test_what_happened_is_told_once_and_is_news_for_two_days(event: Draft, title: str, line: str) -> None:
    events = ledger(PROMOTED, event)
    (found,) = standing.happened(events, START + timedelta(hours=1))
    assert (found.key, found.title, found.lines, found.asks) == ("event/2", title, (line,), False)
    assert list(standing.happened(events, START + timedelta(days=3))) == []


def test_silence_is_told_after_its_hours() -> None:
    hours = timedelta(hours=LIMITS.silent_hours)
    assert standing.silent(START, START + hours, LIMITS) is None
    found = standing.silent(START, START + hours + timedelta(minutes=1), LIMITS)
    assert found is not None
    assert (found.severity, found.asks, found.title) == ("critical", True, "No day was monitored for 26 hours")
    assert standing.silent(None, START, LIMITS) is None, "nothing was released yet"


def drifted(*votes: Any, after: timedelta = timedelta(), **facts: Any) -> list[AlertRef]:
    state, now = State().with_votes(votes), world(**facts)
    state = recorded(state, decide(state, now, RESPONSE), now, "run1", "s3://lake/reports/responses/x/report.html")
    return list(standing.drifted(state.decisions, "1", now.now + after))


def test_a_drifted_day_is_one_notice_whatever_moved() -> None:
    (found,) = drifted(vote(0, *(f"column {number}" for number in range(40))))
    assert (found.key, found.severity, found.asks) == (f"drift/version=1/{day(0)}/pending", "info", False)
    assert drifted(vote(0)) == []


def test_a_training_that_starts_is_a_notice_and_one_that_does_not_asks() -> None:
    two = vote(0, "text"), vote(1, "text")
    (starts,) = drifted(*two)
    assert (starts.severity, starts.asks) == ("warning", False)
    assert starts.title.endswith("confirmed, a training starts")
    assert starts.lines == (f"confirmed: text on {day(0)}, {day(1)}", "text moved")
    (stands,) = drifted(*two, num_new_rows=7)
    assert (stands.key, stands.severity, stands.asks) == ("drift/version=1", "warning", True)
    assert "at least 200" in stands.lines[0]
    assert stands.page_uri.endswith("report.html")
    assert drifted(*two, num_new_rows=7, after=timedelta(days=30)) == [stands], "it stands for as long as nothing else is decided"
    assert drifted(*two, after=timedelta(days=3)) == [], "a notice is old news"


def test_a_row_without_gain_is_critical() -> None:
    state = State().with_votes([vote(0, "text"), vote(1, "text")])
    facts = world()
    found = decide(state, facts, RESPONSE).model_copy(update={"asks_person": True, "verdict": Verdict.SUPPRESSED})
    made = recorded(state, found, facts, "run1")
    (told,) = standing.drifted(made.decisions, "1", facts.now)
    assert told.severity == "critical"


def test_what_was_decided_of_another_version_is_over() -> None:
    state = State().with_votes([vote(0, "text"), vote(1, "text")])
    facts = world(num_new_rows=0)
    state = recorded(state, decide(state, facts, RESPONSE), facts, "run1")
    assert list(standing.drifted(state.decisions, "2", datetime.fromisoformat(facts.now.isoformat()))) == []


def test_one_text_with_two_answers_is_told_until_a_day_with_evidence_finds_none() -> None:
    known = checks(check(2), check(3, "not enough evidence"))
    (found,) = standing.skewed(known, "1")
    assert (found.key, found.title, found.asks) == (
        "skew/version=1",
        "One text gets two answers under version 1, up to 2026-01-02",
        True,
    )
    assert found.key.startswith(standing.LOOKED_AFTER)
    assert (found.lines, found.page_uri) == (("why",), "p")
    assert list(standing.skewed(known, "2")) == []
    assert list(standing.skewed(known.with_check(check(4, "agree")), "1")) == []
