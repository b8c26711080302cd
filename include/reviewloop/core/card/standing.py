"""What the ledger tells of one version: its events, how it stands, and who said yes."""

from typing import Any, Final

from reviewloop.core.release import standing
from reviewloop.core.release.events import Event

_QUESTIONS: Final = frozenset({"asked", "unanswered", "answer_refused", "described"})
"""Events that change nothing of what a card says: the question is made of the card, an answer that does not count is none."""
_SAID: Final = frozenset({"approved", "rejected", "sent_back", "adopted", "overridden"})


def told_of(events: standing.Events, version: str, digest: str) -> list[Event]:
    """The events that a card of this version tells, oldest first: also verdicts on its files, and what took its place."""
    about = (event for event in events if event.kind not in _QUESTIONS)
    return [event for event in about if _is_of(event, version, digest)]


def _is_of(event: Event, version: str, digest: str) -> bool:
    return version in (event.version, event.facts.get("replaces")) or (event.version is None and event.digest == digest)


def stands(events: standing.Events, version: str) -> tuple[str, str]:
    """How the version stands, in a word or two, and in a sentence where a reader must know before all else (else empty)."""
    if standing.champion_version(events) == version:
        return "answers", ""
    left = next((act for act in reversed(list(standing.acts(events))) if act.facts.get("replaces") == version), None)
    if left is not None and left.kind == "rolled_back":
        why = f"{_name(left)} went back to version {left.version} (ledger, event {left.number}, {left.at})"
        return "rolled back", f"This version was ROLLED BACK: {why}: {left.facts.get('reason')}. Do not use it."
    if left is not None:
        return "answered before", f"Version {left.version} has its place (ledger, event {left.number})."
    said = [event for event in events if event.version == version and event.kind in standing.ANSWERS]
    if said and (word := {"rejected": "rejected", "sent_back": "sent back"}.get(said[-1].kind)):
        return word, f"This version was {word} by {_name(said[-1])} (ledger, event {said[-1].number})."
    return "not released", "Nobody has released this version."


def approvals(events: standing.Events, version: str) -> list[dict[str, Any]]:
    """Who said yes or no to this version, or took it over, oldest first."""
    said = [event for event in events if event.version == version and event.kind in _SAID]
    return [
        {
            "event": event.number, "at": event.at, "said": event.kind, "note": str(event.facts.get("note") or ""),
            "by": str(event.facts["approved_by"] if event.kind == "adopted" else event.by),
        }
        for event in said
    ]  # fmt: skip


def _name(event: Event) -> str:
    return event.by.partition(":")[2] or event.by
