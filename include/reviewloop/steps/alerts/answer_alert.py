"""A person knows of an alert."""

import logging

from reviewloop.adapters.alerts import channel
from reviewloop.core.alerts import book
from reviewloop.core.release.events import person
from reviewloop.errors import NothingToDo, Refused

log = logging.getLogger(__name__)


def answer_alert(key: str, by: str, reason: str) -> str:
    """Let the open alert ``key`` become no louder; returns its title. It stays open until what it tells of is over.

    ``by`` is the person who looks after it, ``reason`` what is done, in words. Raises ``NothingToDo`` where no such alert is open.
    """
    who = person(by)
    if not reason.strip():
        raise Refused("reason: is empty; who answers an alert says what is done, in words")
    try:
        alert = channel.change(lambda before: book.answered(before, key, who, reason)).alerts[key]
    except KeyError:
        known = ", ".join(sorted(one.key for one in channel.read().alerts.values() if one.is_open)) or "none"
        raise NothingToDo(f"key: {key!r} is no open alert; open are: {known}") from None
    log.info("%s looks after %s: %s", by, key, reason)
    return alert.title
