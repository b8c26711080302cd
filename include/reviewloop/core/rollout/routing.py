"""Who answers now, and with what shares: what follows from the ledger's events for an endpoint and for batch scoring.

A rollout is three kinds of event. ``rollout_started`` names the challenger (``version``, ``digest``) and holds the whole plan in
its facts; ``rollout_moved`` names the stage that holds from then on; ``rollout_ended`` sends the challenger back, or says that it
is void. A release of whatever version (``promoted``, ``rolled_back``) ends every rollout before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.core.release.standing import Events
from reviewloop.core.rollout.assignment import NUM_BUCKETS

STARTED: Final = "rollout_started"
MOVED: Final = "rollout_moved"
ENDED: Final = "rollout_ended"


@dataclass(frozen=True)
class Arm:
    """One version that may answer. ``digest`` is of its files, ``source`` the lake URI that holds them."""

    version: str
    digest: str
    source: str


@dataclass(frozen=True)
class Routing:
    """What holds from one event of the ledger on. ``generation`` is that event's number: a higher one is later, whoever wrote it.

    ``challenger_share`` of the units are answered by the challenger; ``shadow_share`` of those that the champion answers are
    read by the challenger too, after the answer has left. ``salt`` draws both. Without a rollout there is no challenger.
    """

    generation: int
    champion: Arm
    challenger: Arm | None = None
    challenger_share: float = 0.0
    shadow_share: float = 0.0
    salt: str = ""
    stage: str = ""
    rollout: str = ""
    """SHA-256 of the event that started the rollout; empty without one."""


def routing(events: Events) -> Routing | None:
    """What holds now; None where nothing was ever released."""
    champion = standing.champion(events)
    if champion is None:
        return None
    found = Routing(champion.number, _arm(champion))
    started = open_rollout(events)
    if started is None:
        last = _last_end(events, champion.number)
        return Routing(max(champion.number, last), found.champion)
    moved = stage_event(events, started)
    stage = started.facts["stages"][moved.facts["stage"] if moved is not started else 0]
    return Routing(
        moved.number, found.champion, _arm(started), stage["challenger"] / NUM_BUCKETS, stage["shadow"] / NUM_BUCKETS,
        str(started.facts["salt"]), str(stage["name"]), started.sha256,
    )  # fmt: skip


def open_rollout(events: Events) -> Event | None:
    """The event that started the rollout which is under way; None without one."""
    for event in reversed(events):
        if event.kind == STARTED:
            return event
        if event.kind == ENDED or event.kind in ("promoted", "rolled_back"):
            return None
    return None


def stage_event(events: Events, started: Event) -> Event:
    """The event since which the rollout's present stage holds: its start, or the last move of this rollout."""
    moves = (event for event in reversed(events) if event.kind == MOVED and event.facts.get("rollout") == started.sha256)
    return next(moves, started)


def _last_end(events: Events, after: int) -> int:
    return max((event.number for event in events if event.kind == ENDED and event.number > after), default=0)


def _arm(event: Event) -> Arm:
    facts: Mapping[str, Any] = event.facts
    return Arm(str(event.version), str(event.digest), str(facts["source"]))
