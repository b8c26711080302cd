"""The book of alerts: what was raised, what people were told of it, and what they could not be told.

Pure: every transition takes a book and the time, and gives another book. Whoever sends takes messages out with ``leased``, so that
of two senders one sends each, and notes with ``sent`` whom it reached.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import Field

from reviewloop.config import AlertsConfig
from reviewloop.core.kept import Kept
from reviewloop.refs import AlertRef

Word = Literal["raised", "changed", "escalated", "resolved"]
SEVERITIES: Final = ("info", "warning", "critical")
LEASE: Final = timedelta(minutes=3)
"""So long one sender has a message to itself; it may have been killed after that."""
MAX_LINES: Final = 10
"""Lines of an alert that a message holds: forty columns that drift are one message that can be read."""


class Alert(Kept):
    """One thing to know. One that ``asks`` is open until it is over; any other is a notice, told once."""

    key: str
    severity: Literal["info", "warning", "critical"]
    title: str
    lines: tuple[str, ...] = ()
    page_uri: str = ""
    asks: bool
    opened_at: datetime
    told_at: datetime
    escalated_at: datetime
    """When it became louder last, or was opened."""
    level: int = 0
    """How often it became louder, since nobody answered."""
    untold: bool = False
    """It changed in its quiet time, and nobody knows yet."""
    answered_by: str = ""
    answer: str = ""
    over_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still asks."""
        return self.asks and self.over_at is None


class Message(Kept):
    """What is said of an alert, once. ``told`` are the targets that have it; ``failed`` those that do not, with the last error."""

    number: int
    key: str
    word: Word
    severity: Literal["info", "warning", "critical"]
    title: str
    lines: tuple[str, ...]
    page_uri: str
    at: datetime
    louder: bool = False
    """For the targets of the escalation, too."""
    told: tuple[str, ...] = ()
    failed: dict[str, str] = Field(default_factory=dict)
    tries: int = 0
    leased_until: datetime | None = None
    is_done: bool = False


class Book(Kept):
    """All alerts that are open or remembered, by key, and the messages of them, by number."""

    alerts: dict[str, Alert] = Field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    num_messages: int = 0


Due = tuple[Message, list[str]]
"""A message, and the targets that lack it."""


def raised(book: Book, found: AlertRef, now: datetime, limits: AlertsConfig) -> Book:
    """The book with this alert in it; a message where there is something new to say, and the alert's quiet time is over."""
    before = book.alerts.get(found.key)
    lines = found.lines[:MAX_LINES]
    if len(found.lines) > MAX_LINES:
        lines = (*lines, f"and {len(found.lines) - MAX_LINES} more, on its page")
    severity = found.severity
    if before is not None and before.is_open and found.asks:
        severity = max(severity, before.severity, key=SEVERITIES.index)  # what became louder stays so
    what = {"severity": severity, "title": found.title, "lines": lines, "page_uri": found.page_uri, "asks": found.asks}
    if before is None:
        made = Alert(key=found.key, opened_at=now, told_at=now, escalated_at=now, **what)
        return _say(_with(book, made), made, "raised", now)
    is_anew = found.asks and not before.is_open
    louder = SEVERITIES.index(severity) > SEVERITIES.index(before.severity)
    is_new = is_anew or any(getattr(before, name) != what[name] for name in ("severity", "title", "lines"))
    after = before.model_copy(update={**what, "untold": before.untold or is_new})
    if is_anew:
        again = {"opened_at": now, "escalated_at": now, "level": 0, "answered_by": "", "answer": "", "over_at": None}
        after = after.model_copy(update=again)
    if louder or (after.untold and _is_loud_again(after, now, limits)):
        return _say(_with(book, after), after, "raised" if is_anew else "changed", now)
    return book if after == before else _with(book, after)


def over(book: Book, key: str, now: datetime, why: str = "") -> Book:
    """The alert is over, and who was told of it is told that. Nothing where it is not open."""
    alert = book.alerts.get(key)
    if alert is None or not alert.is_open:
        return book
    done = alert.model_copy(update={"over_at": now, "untold": False})
    told = done.model_copy(update={"lines": (why,) if why else ()})
    return _say(_with(book, done), told, "resolved", now, louder=alert.level > 0)


def answered(book: Book, key: str, by: str, answer: str) -> Book:
    """A person knows of the alert: it stays open until it is over, and does not become louder. ``KeyError`` where none is open."""
    if not (key in book.alerts and book.alerts[key].is_open):
        raise KeyError(key)
    return _with(book, book.alerts[key].model_copy(update={"answered_by": by, "answer": answer}))


def tended(book: Book, now: datetime, limits: AlertsConfig) -> Book:
    """What the passing of time alone does: quiet times end, what nobody answers becomes louder, what is old is forgotten."""
    for alert in list(book.alerts.values()):
        if alert.is_open and not alert.answered_by and _is_unanswered(alert, now, limits):
            step = SEVERITIES[min(SEVERITIES.index(alert.severity) + 1, len(SEVERITIES) - 1)]
            louder = alert.model_copy(update={"severity": step, "level": alert.level + 1, "escalated_at": now})
            book = _say(_with(book, louder), louder, "escalated", now, louder=True)
        elif alert.untold and _is_loud_again(alert, now, limits):
            book = _say(book, alert, "changed", now)
    return _forgotten(book, now - timedelta(days=limits.keep_days))


def leased(book: Book, now: datetime, targets: Mapping[str, bool], limits: AlertsConfig) -> tuple[Book, list[Due]]:
    """Messages to send now, each with the targets that lack it, and the book that gives them to this sender for ``LEASE``.

    ``targets``: by name, whether it is of the escalation alone.
    """
    due, messages = [], []
    for message in book.messages:
        names = _missing(message, targets, limits)
        if not message.is_done and not names:
            message = message.model_copy(update={"is_done": True})
        if not message.is_done and not (message.leased_until and now < message.leased_until):
            message = message.model_copy(update={"leased_until": now + LEASE, "tries": message.tries + 1})
            due.append((message, names))
        messages.append(message)
    return book.model_copy(update={"messages": tuple(messages)}), due


def sent(book: Book, number: int, outcomes: Mapping[str, str], targets: Mapping[str, bool], limits: AlertsConfig) -> Book:
    """What came of sending a message: by target, the error; empty where it was told."""
    messages = []
    for message in book.messages:
        if message.number == number:
            told = tuple(dict.fromkeys((*message.told, *(name for name, error in outcomes.items() if not error))))
            failed = {name: error for name, error in {**message.failed, **outcomes}.items() if error and name not in told}
            message = message.model_copy(update={"told": told, "failed": failed, "leased_until": None})
            message = message.model_copy(update={"is_done": not _missing(message, targets, limits)})
        messages.append(message)
    return book.model_copy(update={"messages": tuple(messages)})


def undelivered(book: Book) -> list[Message]:
    """Messages that some target could not be told so far."""
    return [message for message in book.messages if message.failed]


def _missing(message: Message, targets: Mapping[str, bool], limits: AlertsConfig) -> list[str]:
    if SEVERITIES.index(message.severity) < SEVERITIES.index(limits.tell_from):
        return []
    return [name for name, for_louder in targets.items() if name not in message.told and (message.louder or not for_louder)]


def _is_loud_again(alert: Alert, now: datetime, limits: AlertsConfig) -> bool:
    return now - alert.told_at >= timedelta(minutes=limits.quiet_minutes)


def _is_unanswered(alert: Alert, now: datetime, limits: AlertsConfig) -> bool:
    patience = limits.escalate_hours
    hours = patience.critical if alert.severity == "critical" else patience.warning
    return alert.level < patience.times and now - alert.escalated_at >= timedelta(hours=hours)


def _with(book: Book, alert: Alert) -> Book:
    return book.model_copy(update={"alerts": {**book.alerts, alert.key: alert}})


def _say(book: Book, alert: Alert, word: Word, now: datetime, louder: bool = False) -> Book:
    """One message of the alert, as it is; the book's own alert knows that it was told."""
    number = book.num_messages + 1
    message = Message(
        number=number, key=alert.key, word=word, severity=alert.severity, title=alert.title, lines=alert.lines,
        page_uri=alert.page_uri, at=now, louder=louder or alert.level > 0,
    )  # fmt: skip
    told = book.alerts[alert.key].model_copy(update={"told_at": now, "untold": False})
    return _with(book.model_copy(update={"messages": (*book.messages, message), "num_messages": number}), told)


def _forgotten(book: Book, before: datetime) -> Book:
    def last(alert: Alert) -> datetime:
        return max(alert.told_at, alert.over_at or alert.told_at)

    alerts = {key: alert for key, alert in book.alerts.items() if alert.is_open or last(alert) >= before}
    messages: Sequence[Message] = [message for message in book.messages if message.at >= before]
    return book.model_copy(update={"alerts": alerts, "messages": tuple(messages)})
