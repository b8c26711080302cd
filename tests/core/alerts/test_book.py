"""What people are told: once a thing, after its quiet time where it changed, louder where nobody answers, and that it is over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reviewloop.config import load_config
from reviewloop.core.alerts import book
from reviewloop.core.alerts.book import LEASE, MAX_LINES, Book
from reviewloop.refs import AlertRef

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
LIMITS = load_config("test").alerts
QUIET = timedelta(minutes=LIMITS.quiet_minutes)
HOUR = timedelta(hours=1)
CHAT, BOSS = {"chat": False}, {"chat": False, "boss": True}


def alert(line: str = "a", **other: Any) -> AlertRef:
    facts: dict[str, Any] = {"key": "k", "title": "Something", "lines": (line,), "asks": True}
    return AlertRef(**{**facts, **other})


def raised(*found: tuple[timedelta, AlertRef]) -> Book:
    made = Book()
    for after, one in found:
        made = book.raised(made, one, NOW + after, LIMITS)
    return made


def words(found: Book) -> list[str]:
    return [message.word for message in found.messages]


def test_the_same_thing_is_one_message_however_often_it_is_raised() -> None:
    once = raised((timedelta(), alert()))
    again = raised(*[(HOUR * number, alert()) for number in range(50)])
    assert words(once) == words(again) == ["raised"]
    assert again == once, "what says nothing new is not even written"


def test_forty_columns_are_one_message_that_can_be_read() -> None:
    found = raised((timedelta(), AlertRef(key="k", title="t", lines=tuple(f"column {number}" for number in range(40)))))
    (message,) = found.messages
    assert len(message.lines) == MAX_LINES + 1
    assert message.lines[-1] == f"and {40 - MAX_LINES} more, on its page"


def test_what_changes_in_the_quiet_time_is_told_once_at_its_end() -> None:
    made = raised((timedelta(), alert()), (QUIET / 4, alert("b")), (QUIET / 2, alert("c")))
    assert words(made) == ["raised"]
    assert words(book.tended(made, NOW + QUIET / 2, LIMITS)) == ["raised"]
    told = book.tended(made, NOW + QUIET, LIMITS)
    assert words(told) == ["raised", "changed"]
    assert told.messages[-1].lines == ("c",)
    assert book.tended(told, NOW + QUIET * 3, LIMITS) == told, "and then it is quiet again"


def test_what_becomes_more_severe_is_told_at_once() -> None:
    made = raised((timedelta(), alert()), (QUIET / 4, alert(severity="critical")))
    assert [(one.word, one.severity) for one in made.messages] == [("raised", "warning"), ("changed", "critical")]


def test_an_end_is_told_once_and_what_was_never_open_has_none() -> None:
    made = book.over(raised((timedelta(), alert())), "k", NOW + HOUR, "it succeeded")
    assert [(one.word, one.lines) for one in made.messages] == [("raised", ("a",)), ("resolved", ("it succeeded",))]
    assert book.over(made, "k", NOW + HOUR) == made
    assert book.over(made, "another", NOW) == made
    notice = raised((timedelta(), alert(asks=False)))
    assert book.over(notice, "k", NOW) == notice


def test_what_comes_back_in_its_quiet_time_waits_for_its_end() -> None:
    made = book.over(raised((timedelta(), alert())), "k", NOW + QUIET / 4)
    back = book.raised(made, alert(), NOW + QUIET / 2, LIMITS)
    assert back.alerts["k"].is_open
    assert words(back) == ["raised", "resolved"], "it flaps: nobody is told each time"
    assert words(book.tended(back, NOW + QUIET * 2, LIMITS)) == ["raised", "resolved", "changed"]
    gone = book.over(back, "k", NOW + QUIET)
    assert words(book.tended(gone, NOW + QUIET * 3, LIMITS)) == ["raised", "resolved", "resolved"]


def test_a_notice_is_told_once_for_as_long_as_it_is_remembered() -> None:
    made = raised(*[(HOUR * number, alert(asks=False)) for number in range(0, 48, 3)])
    assert words(made) == ["raised"]
    assert not made.alerts["k"].is_open


def test_what_nobody_answers_becomes_louder_so_often_and_then_no_more() -> None:
    made, at = raised((timedelta(), alert())), NOW
    while at < NOW + timedelta(days=10):
        at += HOUR
        made = book.tended(made, at, LIMITS)
    louder = [one for one in made.messages if one.word == "escalated"]
    assert [one.severity for one in louder] == ["critical"] * 3
    assert [(one.at - NOW) / HOUR for one in louder] == [24, 28, 32]
    assert all(one.louder for one in louder)
    assert book.over(made, "k", at).messages[-1].louder, "who was called hears that it is over"


def test_who_answers_is_not_called_again_and_it_stays_open() -> None:
    made = book.answered(raised((timedelta(), alert())), "k", "person:ada", "on it")
    assert words(book.tended(made, NOW + timedelta(days=3), LIMITS)) == ["raised"]
    assert made.alerts["k"].is_open
    with pytest.raises(KeyError):
        book.answered(made, "another", "person:ada", "on it")
    anew = book.raised(book.over(made, "k", NOW + QUIET * 2), alert(), NOW + QUIET * 4, LIMITS)
    assert anew.alerts["k"].answered_by == "", "what comes back asks anew"


def test_of_two_senders_one_has_the_message_until_its_time_is_up() -> None:
    made, first = book.leased(raised((timedelta(), alert())), NOW, CHAT, LIMITS)
    made, second = book.leased(made, NOW, CHAT, LIMITS)
    assert [(one.title, names) for one, names in first] == [("Something", ["chat"])]
    assert second == []
    _, later = book.leased(made, NOW + LEASE, CHAT, LIMITS)
    assert len(later) == 1, "the first was killed"


def test_what_could_not_be_told_is_seen_and_tried_again_for_that_target_alone() -> None:
    two = {"chat": False, "mail": False}
    made, ((message, names),) = book.leased(raised((timedelta(), alert())), NOW, two, LIMITS)
    assert names == ["chat", "mail"]
    made = book.sent(made, message.number, {"chat": "", "mail": "ConnectError"}, two, LIMITS)
    assert [one.failed for one in book.undelivered(made)] == [{"mail": "ConnectError"}]
    made, ((message, names),) = book.leased(made, NOW, two, LIMITS)
    assert (names, message.tries) == (["mail"], 2)
    made = book.sent(made, message.number, {"mail": ""}, two, LIMITS)
    assert book.undelivered(made) == []
    assert book.leased(made, NOW, {**two, "new": False}, LIMITS)[1] == [], "a new target is not told old news"


def test_the_second_target_hears_only_of_what_became_louder() -> None:
    made, due = book.leased(raised((timedelta(), alert())), NOW, BOSS, LIMITS)
    assert due[0][1] == ["chat"]
    made = book.sent(made, 1, {"chat": ""}, BOSS, LIMITS)
    made = book.tended(made, NOW + timedelta(days=1), LIMITS)
    _, due = book.leased(made, NOW + timedelta(days=1), BOSS, LIMITS)
    assert [(one.word, names) for one, names in due] == [("escalated", ["chat", "boss"])]


def test_what_is_below_the_limit_is_kept_and_told_nobody() -> None:
    limits = LIMITS.model_copy(update={"tell_from": "warning"})
    made = book.raised(Book(), alert(severity="info"), NOW, limits)
    made, due = book.leased(made, NOW, CHAT, limits)
    assert due == []
    assert made.messages[0].is_done
    assert "k" in made.alerts


def test_what_is_old_is_forgotten_but_not_what_is_open() -> None:
    made = raised((timedelta(), alert()), (timedelta(), alert(key="n", asks=False)))
    made = book.answered(made, "k", "person:ada", "on it")
    later = book.tended(made, NOW + timedelta(days=LIMITS.keep_days + 1), LIMITS)
    assert set(later.alerts) == {"k"}
    assert later.messages == ()
    assert Book.model_validate_json(later.model_dump_json()) == later
