"""The one channel: what is raised goes into the book in the lake first, then to everybody who is to be told.

The book is one object, compared and set. A message is sent by who has taken it out, and is taken out again by the next one where
nothing came of that: it may be told twice, and is never lost.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from reviewloop.adapters.lake import places, states
from reviewloop.config import load_config
from reviewloop.core.alerts import book
from reviewloop.core.alerts.book import Book, Message
from reviewloop.refs import AlertRef

log = logging.getLogger(__name__)
Send = Callable[[str, Message], None]
"""Tells the target of this name; raises whatever happens where it could not."""


def now() -> datetime:
    """In UTC."""
    return datetime.now(UTC)


def read() -> Book:
    """The book as it is; empty before the first alert."""
    return states.read(places.alerts(), Book)


def change(make: Callable[[Book], Book]) -> Book:
    """The book after ``make``, which is made again where another writer was first."""

    def made(before: Book) -> tuple[Book, Book]:
        after = make(before)
        return after, after

    return states.change(places.alerts(), Book, made)


def raise_alert(found: AlertRef) -> None:
    """Put it into the book; who is told hears of it with the next ``deliver``."""
    change(lambda before: book.raised(before, found, now(), load_config().alerts))


def resolve(key: str, why: str = "") -> None:
    """It is over, if it was open."""
    change(lambda before: book.over(before, key, now(), why))


def deliver(send: Send, targets: Mapping[str, bool]) -> None:
    """Send every message that waits to each of ``targets`` (by name: whether it hears of escalations alone) that lacks it.

    A target that raises is noted with the type of its error, whose text may hold a secret, and is tried again the next time; it
    keeps no other from being told.
    """
    limits = load_config().alerts

    def leased(before: Book) -> tuple[Book, list[tuple[Message, list[str]]]]:
        return book.leased(before, now(), targets, limits)

    for message, names in states.change(places.alerts(), Book, leased):
        outcomes = {name: _tried(send, name, message) for name in names}
        change(partial(book.sent, number=message.number, outcomes=outcomes, targets=targets, limits=limits))


def _tried(send: Send, name: str, message: Message) -> str:
    try:
        send(name, message)
    except Exception as error:
        log.error("%s: could not be told (%s): %s", name, type(error).__name__, message.title)
        return type(error).__name__
    return ""
