"""How the loop stands, looked up in one place for everybody who shows it: the home page and the exporter of metrics."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from reviewloop.adapters.alerts import channel
from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.monitoring import response as states
from reviewloop.adapters.release import champion, ledger
from reviewloop.config import load_config
from reviewloop.core.alerts.book import SEVERITIES, Alert
from reviewloop.core.monitoring.response.state import Decided
from reviewloop.core.monitoring.response.votes import Vote
from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.core.rollout import state


@dataclass(frozen=True)
class Answering:
    """The version that answers, and the event of the ledger that made it so; ``trouble`` where not everybody names it."""

    version: str
    act: Event
    trouble: str = ""


@dataclass(frozen=True)
class Waiting:
    """What goes on only when a person has looked, since when (ISO 8601, UTC), and its page; empty where that is Airflow's own."""

    what: str
    since: str
    page_uri: str = ""


@dataclass(frozen=True)
class Monitored:
    """The newest verdict on a day, as the monitor keeps it; ``etag`` tells it from an older one at the same place."""

    day: str
    uri: str
    etag: str

    @property
    def page_uri(self) -> str:
        """The verdict in words."""
        return self.uri.replace("/verdict.json", "/report.html")

    @property
    def verdict(self) -> Mapping[str, Any]:
        """What was found."""
        return _read(self.uri, self.etag)


def answering() -> Answering | None:
    """Who answers; None before the first release. Raises what ``champion.answering`` raises."""
    found = champion.answering()
    act = standing.champion(ledger.read())
    return Answering(found.version, act, found.disagreement or "") if found is not None and act is not None else None


def waiting() -> list[Waiting]:
    """Questions without an answer, and what a rollout asks."""
    events = ledger.read()
    found = [Waiting(f"approve or reject version {one.version}", one.at) for one in standing.open_questions(events)]
    rollout = state.current(events)
    if rollout is not None:
        page_uri = places.reports("rollouts", f"rollout={rollout.started.number}", "report.html")
        found += [
            Waiting(f"rollout of version {rollout.started.version}: {one.facts.get('why') or one.facts['about']}", one.at, page_uri)
            for one in state.about(events, rollout.started)
            if one.kind == state.ALARM and one.facts.get("about") in rollout.alarms
        ]
    return found


def open_alerts() -> list[Alert]:
    """Alerts that ask and are not over, the worst first, of equal ones the oldest."""
    found = [one for one in channel.read().alerts.values() if one.is_open]
    return sorted(found, key=lambda one: (-SEVERITIES.index(one.severity), one.opened_at))


@dataclass(frozen=True)
class Response:
    """What drift may still cost, and what the last monitored days of the version that answers said of it, the newest first."""

    trainings: int
    """Which drift asked for within the budget's window."""
    allowed: int
    window_days: float
    votes: Sequence[Vote]
    decided: Decided | None
    """The newest decision on that version."""


def response(num_votes: int) -> Response:
    """Before the first release there are no votes."""
    limits, found = load_config().response, states.read()
    version = standing.champion_version(ledger.read())
    now = datetime.fromisoformat(ledger.now())
    trainings = found.trainings(now - timedelta(days=limits.budget.window_days))
    decided = max((one for one in found.decisions if one.version == version), key=lambda one: one.at, default=None)
    votes = found.of(version)[::-1][:num_votes]
    return Response(len(trainings), limits.budget.trainings, limits.budget.window_days, votes, decided)


def rollout() -> str:
    """The rollout that is under way, in words; empty without one."""
    found = state.current(ledger.read())
    return f"version {found.started.version}, stage {found.stage.name}" if found else ""


def landed_days(most: int) -> list[str]:
    """The newest days that a delivery has landed for, the newest first."""
    days = sorted((uri.rpartition("day=")[2].removesuffix(".json") for uri in s3.list_uris(places.landing())), reverse=True)
    return days[:most]


def monitored_days(most: int) -> list[Monitored]:
    """The last days that the monitor has judged, oldest first, each by its newest verdict; all verdicts are read."""
    newest: dict[str, s3.Stored] = {}
    root = places.reports("drift", "")
    for stored in s3.list_objects(root):
        day, _, rest = stored.uri.removeprefix(root).removeprefix("day=").partition("/")
        if rest.endswith("/verdict.json") and (day not in newest or newest[day].modified < stored.modified):
            newest[day] = stored
    found = [Monitored(day, stored.uri, stored.etag) for day, stored in sorted(newest.items())[-most:]]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda one: one.verdict, found))
    return found


@lru_cache(maxsize=10_000)
def _read(uri: str, etag: str) -> Mapping[str, Any]:  # noqa: ARG001 (other bytes are another question)
    found: Mapping[str, Any] = json.loads(s3.read_bytes(uri))
    return found
