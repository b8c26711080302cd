"""The story of every model that was judged: what became of it, by whom and why, with the evidence of each step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from reviewloop.core.release import standing
from reviewloop.core.release.events import NOBODY, Event
from reviewloop.core.release.standing import Events

Ending = Literal["pass", "warn", "fail", "none"]
_WORDS: Final[Mapping[str, tuple[str, Ending]]] = {
    "judged": ("judged", "none"), "registered": ("registered", "none"), "asked": ("waits for a person", "warn"),
    "approved": ("approved", "pass"), "rejected": ("rejected", "fail"), "unanswered": ("nobody answered", "warn"),
    "rollout_started": ("in a rollout", "warn"), "rollout_moved": ("in a rollout", "warn"),
    "rollout_extended": ("in a rollout", "warn"), "rollout_alarm": ("in a rollout", "warn"),
    "rollout_passed": ("passed its rollout", "pass"), "rollout_ended": ("sent back", "fail"), "promoted": ("promoted", "pass"),
    "adopted": ("released before the ledger", "pass"),
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One event of a story. ``evidence`` is the URI of what it stands on, where there is a page or a record."""

    number: int
    at: str
    what: str
    by: str
    why: str
    evidence: str = ""


@dataclass(frozen=True)
class Story:
    """``name`` is a version or, of a model that got none, its job. ``by`` and ``why`` are of the step that settled ``fate``."""

    name: str
    fate: str
    ending: Ending
    by: str
    why: str
    steps: tuple[Step, ...]


@dataclass
class _Gathered:
    name: str
    events: list[Event] = field(default_factory=list)
    replaced: list[Event] = field(default_factory=list)


def stories(events: Events, most: int, rollout_page: Mapping[str, str] | None = None) -> list[Story]:
    """The newest stories, that with the newest step first, at most so many; ``rollout_page`` is the page of each rollout by the
    digest of its start."""
    answering = standing.champion_version(events)
    named = {
        (str(one.facts.get("job_key")), one.digest): str(one.version) for one in events if one.kind in ("registered", "adopted")
    }
    found: dict[str, _Gathered] = {}
    for event in events:
        version = str(event.version) if event.version else named.get((str(event.facts.get("job_key")), event.digest), "")
        name = f"version {version}" if version else f"job {str(event.facts.get('job_key'))[:16]}" if event.kind == "judged" else ""
        if name and event.kind != "alias_moved":
            found.setdefault(name, _Gathered(name)).events.append(event)
        replaced = event.facts.get("replaces")
        if event.kind in ("promoted", "rolled_back") and replaced and str(replaced) != version:
            found.setdefault(f"version {replaced}", _Gathered(f"version {replaced}")).replaced.append(event)
    by_sha = {event.sha256: event for event in events if event.kind == "approved"}
    newest = sorted(found.values(), key=lambda one: -max(event.number for event in (*one.events, *one.replaced)))
    return [_story(one, answering, by_sha, rollout_page or {}) for one in newest[:most]]


def _story(of: _Gathered, answering: str, approvals: Mapping[str, Event], pages: Mapping[str, str]) -> Story:
    told = sorted((*of.events, *of.replaced), key=lambda event: event.number)
    steps = tuple(_step(of, event, approvals, pages) for event in told)
    last = told[-1]
    fate, ending = _fate(of, last, answering)
    settled = next((step for step in reversed(steps) if step.by), steps[-1])
    return Story(of.name, fate, ending, settled.by, settled.why, steps)


def _fate(of: _Gathered, last: Event, answering: str) -> tuple[str, Ending]:
    if of.name == f"version {answering}":
        return "answers", "pass"
    if last in of.replaced:
        return ("rolled back from", "fail") if last.kind == "rolled_back" else ("replaced", "none")
    if last.kind == "judged" and last.facts.get("verdict") == "refused":
        return "refused", "fail"
    return _WORDS.get(last.kind, (last.kind.replace("_", " "), "none"))


def _step(of: _Gathered, event: Event, approvals: Mapping[str, Event], pages: Mapping[str, str]) -> Step:
    facts = event.facts
    if event in of.replaced:
        what = f"{'rolled back to' if event.kind == 'rolled_back' else 'replaced by'} version {event.version}"
        return Step(event.number, event.at, what, _by(event.by), _why(facts), str(facts.get("record") or ""))
    what, evidence = event.kind.replace("_", " "), str(facts.get("record") or facts.get("report_uri") or "")
    by, why = _by(event.by), _why(facts)
    if event.kind == "judged":
        refused = facts.get("verdict") != "passed"
        what, why = ("refused" if refused else "passed its gates"), str(facts.get("refused_by") or "") if refused else ""
    elif event.kind == "rolled_back":
        what = "answers again"
    elif event.kind == "promoted" and (approval := approvals.get(str(facts.get("approval")))):
        by, why = _by(approval.by), str(approval.facts.get("note") or "")
    elif event.kind.startswith("rollout_"):
        evidence = pages.get(str(facts.get("rollout") or event.sha256), "")
    return Step(event.number, event.at, what, by, why, evidence)


def _by(name: str) -> str:
    kind, _, who = name.partition(":")
    return "nobody" if name == NOBODY else who if kind == "person" else f"the loop ({who})"


def _why(facts: Mapping[str, Any]) -> str:
    found: Iterable[Any] = (facts.get(name) for name in ("reason", "why", "note", "guard"))
    return next((str(one) for one in found if one), "")
