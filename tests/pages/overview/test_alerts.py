"""The page of alerts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from reviewloop.config import load_config
from reviewloop.core.alerts import book
from reviewloop.core.alerts.book import Book
from reviewloop.pages.links import Links
from reviewloop.pages.overview.alerts import alerts_page
from reviewloop.refs import AlertRef

LINKS = Links(2)
NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
LIMITS = load_config("test").alerts
TARGETS = {"REVIEWLOOP_ALERT_WEBHOOK": False, "REVIEWLOOP_SNS_TOPIC": False}


def of_alerts(name: str = "Drift", error: str = "", answer: str = "") -> dict[str, Any]:
    """A book with one open alert, a notice, and a message that one target was told and another may not have been."""
    page = f"s3://lake/reports/responses/{name}/report.html"
    asks = AlertRef(key=name, severity="critical", title=name, lines=(name,), page_uri=page, asks=True)
    made = book.raised(Book(), asks, NOW, LIMITS)
    made = book.raised(made, AlertRef(key="n", title="a notice"), NOW + timedelta(hours=1), LIMITS)
    made, due = book.leased(made, NOW, TARGETS, LIMITS)
    for message, _ in due:
        made = book.sent(made, message.number, {"REVIEWLOOP_ALERT_WEBHOOK": error, "REVIEWLOOP_SNS_TOPIC": ""}, TARGETS, LIMITS)
    return (book.answered(made, name, answer, answer) if answer else made).model_dump(mode="json")


def test_what_is_open_comes_first_and_says_how_to_answer() -> None:
    page = alerts_page(of_alerts(), LINKS)
    assert '<span class="mark fail">1 open</span>' in page
    assert "answer_alert --key KEY" in page
    assert 'href="../../responses/Drift/report.html"' in page
    assert "nobody" in page
    assert "person:ada" in alerts_page(of_alerts(answer="person:ada"), LINKS)


def test_what_could_not_be_told_is_the_verdict() -> None:
    page = alerts_page(of_alerts(error="ConnectError"), LINKS)
    assert '<span class="mark fail">not delivered</span>' in page
    assert "REVIEWLOOP_ALERT_WEBHOOK (ConnectError)" in page


def test_an_empty_book_is_a_calm_page() -> None:
    page = alerts_page(Book().model_dump(mode="json"), LINKS)
    assert '<span class="mark pass">nothing open</span>' in page
    assert "Everything was told to everybody" in page
