"""What was said of a model before: by the gates, by whoever was asked, and by who overrode a gate."""

from collections.abc import Mapping, Sequence
from typing import Any

from reviewloop.core.release.events import Event
from reviewloop.core.release.standing import Events

_SAID = {"rejected": "rejected", "sent_back": "sent back", "unanswered": "left without an answer"}


def of_model(events: Events, digest: str, job_key: str) -> list[Event]:
    """Refusals of the gates, answers that were no yes, and overrides, the oldest first."""
    found = []
    for event in events:
        of_gates = event.kind == "judged" and event.facts.get("verdict") != "passed" and event.facts.get("job_key") == job_key
        if event.digest == digest and (of_gates or event.kind in _SAID or event.kind == "overridden"):
            found.append(event)
    return found


def in_words(event: Event, then: Sequence[Mapping[str, Any]] = (), now: Sequence[Mapping[str, Any]] = ()) -> str:
    """One of them as a sentence. ``then`` and ``now`` are the gates (JSON) of its report and of today's: a limit that was moved
    since is named."""
    at, who = event.at[:10], event.by.partition(":")[2] or "nobody"
    if event.kind == "overridden":
        return f"{at}: gate {event.facts.get('gate')} overridden by {who}: {event.facts.get('reason')}"
    if event.kind in _SAID:
        reason = event.facts.get("reason") or event.facts.get("note")
        return f"{at}: {_SAID[event.kind]} by {who}{f': {reason}' if reason else ''}"
    return f"{at}: refused by {event.facts.get('refused_by')}{_moved(then, now)}"


def _limit(gate: Mapping[str, Any]) -> str:
    """What it asks, and whether it only warns. Reports of older releases may lack either."""
    return f"{gate.get('asked', 'something else')} ({gate.get('mode', 'enforce')})"


def _moved(then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> str:
    today = {gate["name"]: _limit(gate) for gate in now}
    moved = []
    for gate in then:
        if not gate.get("blocks") or today.get(gate["name"]) == _limit(gate):
            continue
        now_asked = f"asked {today[gate['name']]} now" if gate["name"] in today else "is no gate now"
        moved.append(f"{gate['name']} asked {_limit(gate)} then, and {now_asked}")
    return f"; the limits were moved since: {'; '.join(moved)}" if moved else ""
