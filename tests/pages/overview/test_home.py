"""The home of the loop: the worst first, every part by itself, every number with its evidence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reviewloop.pages.kit import Verdict
from reviewloop.pages.links import Link
from reviewloop.pages.overview.history import DayMark
from reviewloop.pages.overview.home import Answering, Home, Judged, Latest, OpenAlert, Response, Store, Vote, Waiting, home_page

GOOD = Verdict("pass", "pass", "all well")
REFUSED = Verdict("fail", "refused", "2 of 200 rows")


def a_mark(day: str = "2026-01-02", kind: Any = "pass", macro_f1: float | None = 0.7, text: str = "as before") -> DayMark:
    return DayMark(day, kind, text, text, 200, macro_f1, "1", "/reviewloop/pages/reports/drift/x/report.html")


WAITS = Waiting("approve version 2", "", Link("a", "/a"))


def an_alert(severity: str) -> OpenAlert:
    return OpenAlert(severity, "no day was monitored", ["for 27 hours"], "2026-01-02T10:00:00+00:00", "", Link("page", "/alert"))


def a_home(text: str = "ann", **parts: Callable[[], Any]) -> Home:
    """A calm loop in whose every text ``text`` stands."""
    told, day = replace(GOOD, word=text, told=text), text if text != "ann" else "2026-01-02"
    calm = Home(
        champion=lambda: Answering(text, "2026-01-01T10:00:00+00:00", text, Link(text, "/record")),
        alerts=lambda: [OpenAlert("warning", text, [text], text, text, Link(text, "/alert"))] if text != "ann" else [],
        waiting=lambda: [Waiting(text, text, Link(text, "/required_actions"))] if text != "ann" else [],
        rollout=lambda: text if text != "ann" else "",
        days=lambda: {day: {"quality": Judged(told, "/quality"), "drift": Judged(None, "/drift")}},
        latest=lambda: [Latest(text, Link(text, "/model"), told, datetime(2026, 1, 2, tzinfo=UTC))],
        history=lambda: [a_mark(text=text), a_mark("2026-01-05", "fail", 0.52, text), a_mark("2026-01-06", "none", None, text)],
        response=lambda: Response(
            1, 3, 30, [Vote(text, True, [text], "/vote"), Vote(text, True, [], "")], text, Link(text, "/decision")
        ),
        stores=lambda: [Store(text, text, "1,204", text, "2026-01-04T04:00:00+00:00"), Store("database", "", "", "7 MB")],
        closed=[text],
    )
    return replace(calm, **parts)


def page(**parts: Callable[[], Any]) -> str:
    return home_page(a_home(**parts), [Link("All reports", "reports")])


def meta(text: str) -> str:
    return text.partition('<meta name="verdict" content="')[2].partition('"')[0]


def test_a_calm_loop_says_so_with_its_numbers() -> None:
    text = page()
    assert meta(text) == "pass: all quiet"
    assert "<b>version ann</b><span>answers since 2026-01-01 10:00, by ann</span>" in text
    assert "<b>1</b><span>of 3 monitored days moved</span>" in text
    assert "<b>0.520</b><span>macro-F1 on the ratings of 2026-01-05</span>" in text
    assert "<b>none</b><span>rollout under way</span>" in text
    assert "<b>0</b><span>open alerts</span>" in text
    assert "<b>1 of 3</b><span>trainings that drift may start in 30 days</span>" in text
    assert 'Decided last: ann <a href="/decision">ann</a>' in text
    assert '<a class="line" href="/vote">ann</a>' in text
    assert '<a href="reports">All reports</a>' in text
    assert '<a href="/quality" title="ann"><span class="mark pass">ann</span></a>' in text
    assert "Not shown, as your role may not read them: ann." in text


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        ({"champion": lambda: Answering("1", "", "ann", trouble="the alias is gone")}, "fail: look at the champion"),
        ({"waiting": lambda: [Waiting("approve version 2", "", Link("a", "/a"))]}, "warn: one thing waits for a person"),
        ({"waiting": lambda: [Waiting("approve", "", Link("a", "/a"))] * 2}, "warn: 2 things wait for a person"),
        ({"days": lambda: {"2026-01-03": {"quality": Judged(REFUSED, "/q")}}}, "warn: quality of 2026-01-03: refused"),
        ({"champion": lambda: None}, "none: no champion yet"),
        ({"alerts": lambda: [an_alert("critical")]}, "fail: a critical alert is open"),
        ({"alerts": lambda: [an_alert("critical")] * 2, "waiting": lambda: [WAITS]}, "fail: 2 critical alerts are open"),
        ({"alerts": lambda: [an_alert("warning")], "waiting": lambda: [WAITS]}, "warn: one thing waits for a person"),
        ({"alerts": lambda: [an_alert("warning")]}, "warn: an alert is open"),
        ({"alerts": lambda: [an_alert("info")]}, "pass: all quiet"),
    ],
)
def test_the_worst_comes_first(parts: dict[str, Callable[[], Any]], verdict: str) -> None:
    assert meta(page(**parts)) == verdict


def test_an_older_day_that_was_refused_is_shown_and_is_no_news() -> None:
    days = {"2026-01-03": {"quality": Judged(GOOD, "/q")}, "2026-01-02": {"quality": Judged(REFUSED, "/r")}}
    text = page(days=lambda: days)
    assert meta(text) == "pass: all quiet"
    assert '<a href="/r" title="2 of 200 rows"><span class="mark fail">refused</span></a>' in text


@pytest.mark.parametrize("part", ["champion", "alerts", "waiting", "rollout", "days", "latest", "history", "response", "stores"])
def test_a_part_that_cannot_be_read_says_so_and_takes_no_other_with_it(part: str) -> None:
    asked = []

    def away() -> None:
        asked.append(part)
        raise ConnectionError("the registry does not answer")

    text = page(**{part: away})
    assert "ConnectionError" in text
    if part in ("champion", "alerts", "waiting", "days"):
        assert meta(text) == "warn: not judged", "what could not be seen is not quiet"
    others = {
        "alerts": "None.",
        "response": "1 of at most 3 trainings",
        "waiting": "Nothing.",
        "days": "/quality",
        "history": "monitored days",
        "latest": "/model",
        "stores": "1,204",
    }
    assert all(shown in text for name, shown in others.items() if name != part)


def test_an_open_alert_leads_to_its_page_and_says_that_nobody_answered() -> None:
    text = page(alerts=lambda: [an_alert("critical"), an_alert("warning")])
    assert "<b>2</b><span>open alerts, 2 of them answered by nobody</span>" in text
    assert '<span class="mark fail">critical</span>' in text
    assert '<a href="/alert">no day was monitored</a>' in text
    assert "for 27 hours" in text


def test_what_the_role_may_not_read_is_said_so() -> None:
    assert "Your role may not read it." in page(response=lambda: None)


def test_a_part_is_asked_for_once_however_often_it_is_shown() -> None:
    asked = []
    page(history=lambda: asked.append(1) or [a_mark()])
    assert asked == [1]


def test_each_store_stands_with_its_size_and_when_it_was_measured() -> None:
    text = page().partition('id="stores"')[2].partition("</section>")[0]
    for said in ("1,204", "2026-01-04 04:00", "database", "7 MB", "now"):
        assert said in text


def test_an_empty_loop_has_a_home_too() -> None:
    nothing = Response(0, 3, 30, [])
    text = page(
        champion=lambda: None,
        alerts=list,
        waiting=list,
        days=dict,
        latest=list,
        history=list,
        response=lambda: nothing,
        stores=list,
    )
    for said in (
        "No day was delivered yet.",
        "No day was monitored yet.",
        "<b>none</b><span>champion</span>",
        "no rated day yet",
        "Nobody has measured the lake yet",
    ):
        assert said in text
