"""Where a rollout stands, by the ledger's events alone: its plan, its stage and since when, and what was said of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.core.release.standing import Events
from reviewloop.core.rollout.plan import Plan, Stage, from_facts
from reviewloop.core.rollout.routing import ENDED, STARTED, open_rollout, stage_event

PASSED: Final = "rollout_passed"
"""Every stage was passed: whoever promotes the challenger may, until a person is asked about something."""
ALARM: Final = "rollout_alarm"
"""Something that a person must see, said once; ``facts.about`` tells what. That of the sample ratio stays."""
EXTENDED: Final = "rollout_extended"
"""A person moved the deadline to ``facts.until``: that answers the alarm of the old one, and says nothing of arms and stages."""
DEADLINE: Final = "deadline"
"""What the alarm of a deadline is about."""


@dataclass(frozen=True)
class Rollout:
    """One that is under way. ``at`` is the place of its stage in the plan; times are the ledger's (UTC)."""

    started: Event
    plan: Plan
    at: int
    started_at: datetime
    stage_at: datetime
    answering: str
    """The version that answers now; ``replaces`` is the one that did at the start."""
    replaces: str
    alarms: frozenset[str]
    is_passed: bool
    extended_to: datetime | None
    """The deadline that a person has set last; None where the plan's holds."""

    @property
    def stage(self) -> Stage:
        """The present one."""
        return self.plan.stages[self.at]


def current(events: Events) -> Rollout | None:
    """The rollout that is under way; None without one."""
    started = open_rollout(events)
    return None if started is None else standing_of(events, started)


def standing_of(events: Events, started: Event) -> Rollout:
    """Where the rollout of this event stands, or stood when it ended."""
    ours = about(events, started)
    moved, extended = stage_event(events, started), extensions(events, started)
    is_passed = any(event.kind == PASSED for event in ours) and taken_back(events, started) is None
    return Rollout(
        started, from_facts(started.facts), 0 if moved is started else int(moved.facts["stage"]),
        datetime.fromisoformat(started.at), datetime.fromisoformat(moved.at), standing.champion_version(events),
        str(started.facts["replaces"]), _alarms(ours), is_passed,
        datetime.fromisoformat(extended[-1].facts["until"]) if extended else None,
    )  # fmt: skip


def _alarms(ours: Events) -> frozenset[str]:
    """What a person was asked about, and what no answer is known to."""
    asked = set[str]()
    for event in ours:
        if event.kind == ALARM:
            asked.add(str(event.facts.get("about")))
        elif event.kind == EXTENDED:
            asked.discard(DEADLINE)
    return frozenset(asked)


def taken_back(events: Events, started: Event) -> Event | None:
    """The alarm that came after this rollout was passed: it must be passed again. None without one."""
    ours = about(events, started)
    said = [event for event in ours if event.kind in (PASSED, ALARM)]
    return said[-1] if any(event.kind == PASSED for event in said) and said[-1].kind == ALARM else None


def extensions(events: Events, started: Event) -> tuple[Event, ...]:
    """Each time that a person moved this rollout's deadline; the last of them holds."""
    return tuple(event for event in about(events, started) if event.kind == EXTENDED)


def about(events: Events, started: Event) -> tuple[Event, ...]:
    """Every later event of this rollout: moves, alarms, other deadlines, its end, its promotion."""
    return tuple(event for event in events if event.facts.get("rollout") == started.sha256)


def last(events: Events) -> Event | None:
    """The event that started the newest rollout, under way or over."""
    return next((event for event in reversed(events) if event.kind == STARTED), None)


def started_by(events: Events, approval: Event) -> Event | None:
    """The rollout that used this approval; an approval is used once."""
    return next((event for event in events if event.kind == STARTED and event.facts.get("approval") == approval.sha256), None)


def end_of(events: Events, started: Event) -> Event | None:
    """What ended a rollout: going back, a release of any version; None while it is under way."""
    later = (event for event in events if event.number > started.number)
    return next((event for event in later if event.kind in (ENDED, "promoted", "rolled_back")), None)
