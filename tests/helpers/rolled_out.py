"""Rollouts from the yes to the promotion, by hand: what the captured records say, and where a rollout stands."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.helpers.rollouts import evidence

from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.core.alerts import standing as alerts
from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.core.rollout import state
from reviewloop.core.rollout.evidence import Evidence
from reviewloop.core.rollout.machine import deadline
from reviewloop.core.rollout.routing import routing
from reviewloop.refs import QuestionRef, RolloutRef
from reviewloop.steps.rollout.judge_rollout import judge_rollout
from reviewloop.steps.rollout.start_rollout import start_rollout

FAST: dict[str, Any] = {"plan": "staged", "requests_per_hour": 5000.0, "labels_per_hour": 100.0}


class Seen:
    """What the captured records say, as a test wants it."""

    def __init__(self) -> None:
        self.make: Callable[[Event, standing.Events], Evidence] = self.sound

    def __call__(self, started: Event, events: standing.Events) -> Evidence:
        return self.make(started, events)

    @staticmethod
    def sound(started: Event, events: standing.Events) -> Evidence:
        return evidence(state.standing_of(events, started))

    @staticmethod
    def nothing(started: Event, events: standing.Events) -> Evidence:
        return Evidence(started.sha256)

    @staticmethod
    def worse(started: Event, events: standing.Events) -> Evidence:
        return evidence(state.standing_of(events, started), loss=0.08)


def shares() -> tuple[int, str, str | None, float, float]:
    """Generation, champion, challenger and its share, and what it reads in shadow."""
    found = routing(ledger.read())
    assert found is not None
    name = found.challenger.version if found.challenger else None
    return found.generation, found.champion.version, name, found.challenger_share, found.shadow_share


def kinds() -> list[str]:
    return [event.kind for event in ledger.read() if event.kind.startswith("rollout") or event.kind in ("promoted", "rolled_back")]


def told() -> list[tuple[str, tuple[str, ...]]]:
    """What people are told of: title and lines."""
    events, now = ledger.read(), datetime.fromisoformat(ledger.now())
    found = [*alerts.waits(events, now, load_config().release, load_config().alerts), *alerts.happened(events, now)]
    return [(one.title, one.lines) for one in found]


def hours_until_deadline() -> float:
    """Of the rollout that is under way, after its start."""
    found = state.current(ledger.read())
    assert found is not None
    return (deadline(found) - found.started_at).total_seconds() / 3600


def passed(question: QuestionRef) -> RolloutRef:
    start_rollout(question, **FAST)
    told = judge_rollout()
    while told.decision != "finish":
        told = judge_rollout()
    return told
