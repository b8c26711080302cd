"""What the ledger and the monitor's decisions say that people must know. Looked at again and again it says the same, so that what
was missed is found at the next look, and what is not said any more is over."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from reviewloop.config import AlertsConfig, AlertSeverity, ReleaseConfig
from reviewloop.core.alerts.notices import Outbox
from reviewloop.core.monitoring.response.state import Decided
from reviewloop.core.monitoring.skew.checks import Checks
from reviewloop.core.release import automation, standing
from reviewloop.core.release.events import Event
from reviewloop.core.release.standing import Events
from reviewloop.core.rollout import state
from reviewloop.core.rollout.routing import ENDED
from reviewloop.refs import AlertRef

LOOKED_AFTER: Final = ("approval/", "sent_back/", "rollout/", "drift/", "monitor/", "skew/", "product/", "notices/", "budget/")
"""How the keys of alerts begin that are over when nothing says them any more."""
_DECIDED: Final[Mapping[str, tuple[AlertSeverity, str]]] = {
    "pending": ("info", "not confirmed yet"), "train": ("warning", "confirmed, a training starts")
}  # fmt: skip
_PATIENCE: Final = timedelta(hours=1)
"""With a target of notices that is away."""
_LOOK_BACK: Final = timedelta(days=2)
"""Of events that are told once: far longer than between two looks, and shorter than they are remembered as told."""


def waits(events: Events, now: datetime, release: ReleaseConfig, limits: AlertsConfig) -> Iterator[AlertRef]:
    """What waits for a person: an approval, what an approver sent back, and what a rollout asks."""
    patience = timedelta(minutes=limits.approval_waits_minutes)
    for asked in standing.open_questions(events):
        begun, answer_within = datetime.fromisoformat(asked.at), automation.patience(asked, release)
        if patience <= now - begun < answer_within:
            line = (
                f"asked {begun:%Y-%m-%d %H:%M} UTC, to be answered until {begun + answer_within:%Y-%m-%d %H:%M}; under Required "
                "Actions, or the task approve of sentiment_release"
            )
            title = f"Version {asked.version} waits for an answer"
            yield AlertRef(key=f"approval/{asked.number}", title=title, lines=(line,), asks=True)
    if (back := standing.sent_back(events)) is not None:
        line = f"{back.by.partition(':')[2]}: {back.facts.get('reason')}. It is over once a version is asked about again"
        yield AlertRef(key=f"sent_back/{back.number}", title=f"Version {back.version} was sent back", lines=(line,), asks=True)
    rollout = state.current(events)
    if rollout is not None:
        for about in sorted(rollout.alarms):
            said = [event for event in state.about(events, rollout.started) if event.kind == state.ALARM]
            why = [str(event.facts.get("why")) for event in said if event.facts.get("about") == about][-1:]
            title = f"The rollout of version {rollout.started.version} waits for a person"
            yield AlertRef(key=f"rollout/{rollout.started.number}/{about}", title=title, lines=tuple(why), asks=True)


def happened(events: Events, now: datetime) -> Iterator[AlertRef]:
    """What happened of late and is told once: a release rolled back, and a rollout that went back or is void."""
    for event in events:
        if now - datetime.fromisoformat(event.at) > _LOOK_BACK:
            continue
        if event.kind == "rolled_back":
            title = f"Version {event.version} answers again, in the place of version {event.facts.get('replaces')}"
            yield _notice(event, title, f"{event.by}: {event.facts.get('reason')}")
        elif event.kind == ENDED:
            title = f"The rollout of version {event.version} ended: {event.facts.get('guard')}"
            yield _notice(event, title, str(event.facts.get("why")))


def undelivered(outbox: Outbox, now: datetime) -> Iterator[AlertRef]:
    """Targets of notices that take none, for longer than a look or two."""
    for name, target in outbox.targets.items():
        if target.failing_since is not None and now - target.failing_since >= _PATIENCE:
            line = f"since {target.failing_since:%Y-%m-%d %H:%M} UTC: {target.failed}. All is sent in its order once it takes them"
            yield AlertRef(key=f"notices/{name}", title=f"{name} does not take the notices of releases", lines=(line,), asks=True)


def silent(last: datetime | None, now: datetime, limits: AlertsConfig) -> AlertRef | None:
    """No day was monitored for too long. ``last`` is when one was, or since when a version answers; None where none does."""
    if last is None or now - last <= timedelta(hours=limits.silent_hours):
        return None
    line = f"the last look was at {last:%Y-%m-%d %H:%M} UTC; see whether reviews_ingest, sentiment_score and sentiment_monitor run"
    title = f"No day was monitored for {limits.silent_hours:g} hours"
    return AlertRef(key="monitor/silent", severity="critical", title=title, lines=(line,), asks=True)


def drifted(decisions: Sequence[Decided], version: str, now: datetime) -> Iterator[AlertRef]:
    """What was decided of late of the days of the version that answers: one alert a day and decision, whatever moved.

    A drift that is confirmed and that nothing is done about asks, until it is over or answered.
    """
    of_version = [one for one in decisions if one.version == version]
    for one in of_version:
        if one.verdict in _DECIDED and now - one.at <= _LOOK_BACK:
            severity, words = _DECIDED[one.verdict]
            title = f"{one.day} is not like what version {version} was judged on: {words}"
            key = f"drift/version={version}/{one.day}/{one.verdict}"
            yield AlertRef(key=key, severity=severity, title=title, lines=_said(one), page_uri=one.page_uri)
    if of_version and of_version[-1].verdict == "suppressed":
        last = of_version[-1]
        severity = "critical" if last.report["asks_person"] else "warning"
        title = f"Drift under version {version} is confirmed, and no training starts"
        key = f"drift/version={version}"
        yield AlertRef(key=key, severity=severity, title=title, lines=_said(last), page_uri=last.page_uri, asks=True)


def skewed(checks: Checks, version: str) -> Iterator[AlertRef]:
    """One text that was answered in two ways under the version that answers, until a later day's check finds none."""
    last = checks.standing(version)
    if last is not None and last.verdict == "skew":
        title = f"One text gets two answers under version {version}, up to {last.day}"
        yield AlertRef(key=f"skew/version={version}", title=title, lines=last.reasons, page_uri=last.page_uri, asks=True)


def _said(decided: Decided) -> tuple[str, ...]:
    return (decided.reason, *decided.report["reasons"])


def _notice(event: Event, title: str, line: str) -> AlertRef:
    return AlertRef(key=f"event/{event.number}", title=title, lines=(line,))
