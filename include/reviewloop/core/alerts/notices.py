"""Notices of what happens to models, for programs: the ledger is the outbox, and this says which events a target still lacks.

Every event is told at least once, and those about one version in their order: one that a target does not take holds up the later
ones about that version, and no other's.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from reviewloop.core.kept import Kept
from reviewloop.core.release.events import Event
from reviewloop.core.release.standing import Events

LOOK_BACK: Final = timedelta(days=1)
"""What is older is not told to a target that is new. Far longer than between two looks, so that nothing is missed at the start."""
LEASE: Final = timedelta(minutes=5)
"""So long one sender has the outbox to itself: two of them would mix up the order. It may have been killed after that."""


class Target(Kept):
    """How far one target was told. Events up to ``since`` are done; beyond that ``told`` has the last number of each group."""

    since: int
    told: dict[str, int] = Field(default_factory=dict)
    failed: str = ""
    """The type of the last error; empty where all went well. Its text may hold the address, which may be a secret."""
    failing_since: datetime | None = None


class Outbox(Kept):
    """What every target was told, and until when a sender has it to itself."""

    targets: dict[str, Target] = Field(default_factory=dict)
    leased_until: datetime | None = None


@dataclass(frozen=True)
class Notice:
    """One event on its way. ``id`` is the same however often it is sent: receivers tell a second time by it."""

    id: str
    group: str
    at: datetime
    body: bytes
    """JSON: ``type``, ``timestamp``, ``data`` (the event, with its SHA-256 in the ledger)."""


def group_of(event: Event) -> str:
    """What the order holds for: the version, and else the model's digest, and for what is about no model itself."""
    return str(event.version or event.digest or "")


def notice_of(event: Event) -> Notice:
    """The event as it is told."""
    data = {**vars(event), "sha256": event.sha256}
    told = {"type": f"model.{event.kind}", "timestamp": event.at, "data": data}
    body = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return Notice(f"event_{event.number}_{event.sha256[:16]}", group_of(event), datetime.fromisoformat(event.at), body)


def joined(outbox: Outbox, names: Collection[str], events: Events, now: datetime) -> Outbox:
    """The outbox with these targets and no others; a new one is told what happened from ``LOOK_BACK`` before on."""
    old = [event.number for event in events if now - datetime.fromisoformat(event.at) > LOOK_BACK]
    fresh = Target(since=max(old, default=0))
    return outbox.model_copy(update={"targets": {name: outbox.targets.get(name, fresh) for name in sorted(names)}})


def waiting(target: Target, events: Events) -> list[list[Event]]:
    """What the target lacks, by group, each in its order; the group whose first event is the oldest comes first."""
    groups: dict[str, list[Event]] = {}
    for event in events[target.since :]:  # an event's number is its place
        group = group_of(event)
        if event.number > target.told.get(group, 0):
            groups.setdefault(group, []).append(event)
    return list(groups.values())


def told(target: Target, sent: Sequence[Event], failed: str, events: Events, now: datetime) -> Target:
    """The target after ``sent`` were taken, the last of them before ``failed`` (empty: nothing failed)."""
    numbers = dict(target.told)
    for event in sent:
        numbers[group_of(event)] = max(event.number, numbers.get(group_of(event), 0))
    after = target.model_copy(update={"told": numbers, "failed": failed})
    after = after.model_copy(update={"failing_since": (target.failing_since or now) if failed else None})
    if waiting(after, events):
        return after
    return after.model_copy(update={"since": max(len(events), target.since), "told": {}})
