"""Tells targets what happens to models, from the ledger: at least once each event, and those about one version in their order."""

import logging
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from reviewloop.adapters.lake import places, states
from reviewloop.adapters.release import ledger
from reviewloop.core.alerts import notices
from reviewloop.core.alerts.notices import LEASE, Notice, Outbox
from reviewloop.core.release.events import Event
from reviewloop.core.release.standing import Events

log = logging.getLogger(__name__)
Send = Callable[[str, Notice], None]
"""Tells the target of this name; raises whatever happens where it did not take the notice."""
MARGIN: Final = timedelta(seconds=90)
"""A sender stops so long before its lease ends: what it is sending then is over by the end of it."""
_MAX_FAILURES: Final = 3
"""In one go, of different versions; the target is away then, and is asked again the next time."""


def now() -> datetime:
    """In UTC."""
    return datetime.now(UTC)


def read() -> Outbox:
    """How far everybody was told."""
    return states.read(places.notices(), Outbox)


def drain(send: Send, names: Collection[str]) -> None:
    """Send each of the targets what it lacks. Nothing where another sender is at it; what fails is sent the next time."""
    if not names:
        return
    begun, events = now(), ledger.read()

    def taken(before: Outbox) -> tuple[Outbox, Outbox | None]:
        if before.leased_until and begun < before.leased_until:
            return before, None
        after = notices.joined(before, names, events, begun).model_copy(update={"leased_until": begun + LEASE})
        return after, after

    outbox = states.change(places.notices(), Outbox, taken)
    if outbox is None:
        log.info("notices: another sender is at it")
        return
    for name in sorted(names):
        sent, failed = _sent(send, name, notices.waiting(outbox.targets[name], events), begun)
        _keep(name, sent, failed, events)
    states.change(places.notices(), Outbox, lambda before: (before.model_copy(update={"leased_until": None}), None))


def _sent(send: Send, name: str, groups: list[list[Event]], begun: datetime) -> tuple[list[Event], str]:
    sent: list[Event] = []
    failed, num_failures = "", 0
    for group in groups:
        for event in group:
            if num_failures >= _MAX_FAILURES or now() - begun > LEASE - MARGIN:
                return sent, failed
            try:
                send(name, notices.notice_of(event))
            except Exception as error:
                failed, num_failures = type(error).__name__, num_failures + 1
                log.error("%s: did not take the notice of event %d (%s)", name, event.number, failed)
                break
            sent.append(event)
    return sent, failed


def _keep(name: str, sent: list[Event], failed: str, events: Events) -> None:
    def changed(before: Outbox) -> tuple[Outbox, None]:
        target = before.targets.get(name)
        if target is None:
            return before, None
        after = notices.told(target, sent, failed, events, now())
        return before.model_copy(update={"targets": {**before.targets, name: after}}), None

    states.change(places.notices(), Outbox, changed)
