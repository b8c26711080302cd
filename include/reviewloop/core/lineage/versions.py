"""What the ledger says of one version: where it comes from, who judged it, who approved it, and when it answered.

Every function takes the events that name the version, its job, its digest or each other, oldest first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reviewloop.core.lineage.links import Link, gone
from reviewloop.core.release import standing
from reviewloop.core.release.events import NOBODY, Event
from reviewloop.core.release.standing import Events

NEEDED: Final = ("features_uri", "features_digest", "git_commit", "code_digest", "lock_digest", "base_model_pin", "seed")
"""Facts without which nobody can say what a model was made of."""
_MADE: Final = ("registered", "adopted")
_ROLLOUT: Final = ("rollout_started", "rollout_moved", "rollout_passed", "rollout_ended")
_RELEASE: Final = ("promoted", "rolled_back", "adopted")
ACTS: Final = (*_ROLLOUT, *_RELEASE, "approved")
"""Kinds of events that ``acts`` looks at."""


@dataclass(frozen=True)
class Identity:
    """What a version is known by. ``job_key`` is empty for one of before there were job keys."""

    version: str
    digest: str
    job_key: str
    source: str
    event: Event


def identity(events: Events, version: str) -> Identity | None:
    """The version as it was registered, or taken over from before there was a ledger; None for one that the ledger never saw."""
    made = next((event for event in events if event.kind in _MADE and event.version == version), None)
    if made is None:
        return None
    source = str(made.facts.get("source") or "")
    return Identity(version, made.digest or _released_digest(events, version), str(made.facts.get("job_key") or ""), source, made)


def _released_digest(events: Events, version: str) -> str:
    act = standing.release_of(events, version)
    return str(act.digest) if act else ""


def lineage(events: Events, digest: str, job_key: str, version: str = "") -> Mapping[str, str]:
    """What the model was made of, by name, as the gates noted it; of a version its tags, too, where an event has them."""
    judged = standing.judgement(events, digest, job_key)
    kept = [event.facts.get("tags") for event in events if version and event.version == version]
    found: dict[str, str] = {}
    for told in (*kept, judged.facts.get("lineage") if judged else None):
        found |= {str(name): str(value) for name, value in told.items()} if isinstance(told, Mapping) else {}
    return found


def origin(of: Identity) -> Link:
    """Where the version comes from."""
    if of.event.kind == "adopted":
        told = f"version {of.version} was released before there was a ledger, and taken over {_where(of.event)}"
    else:
        told = f"version {of.version} was registered {_where(of.event)} by job {of.job_key[:16]}"
    return Link("version", told, of.source)


def judgements(events: Events, digest: str, job_key: str) -> list[Event]:
    """The gates' verdicts on the job's model, newest first."""
    found = [event for event in events if event.kind == "judged" and event.digest == digest]
    return [event for event in reversed(found) if event.facts.get("job_key") == job_key]


def verdict_in_words(judged: Event) -> str:
    """One verdict of the gates."""
    facts = judged.facts
    refused = f"refused it by {facts.get('refused_by') or 'a gate that is not named'}"
    against = f"version {facts['against']}" if facts.get("against") else "no champion"
    return f"the gates {'passed it' if facts.get('verdict') == 'passed' else refused}, compared with {against} {_where(judged)}"


def approvals(events: Events, version: str) -> Iterator[Link]:
    """Each question about the version and what was said to it, oldest first."""
    by_sha = {event.sha256: event for event in events if event.version == version}
    for event in events:
        if event.version != version:
            continue
        if event.kind == "asked":
            yield Link("question", f"asked {_where(event)}, to replace {_version(event.facts.get('replaces'))}")
        elif event.kind in ("approved", "rejected", "unanswered"):
            asked = by_sha.get(str(event.facts.get("asked")))
            told = f"{event.kind} by {_by(event)} at {event.facts.get('answered_at') or event.at} {_where(event)}"
            yield Link("answer", told) if asked else gone("question", f"{told}, to a question that the ledger does not hold")


def acts(events: Events, version: str) -> Iterator[Link]:
    """What was done with the version: rollouts, releases, and the release of another in its place."""
    for event in events:
        facts = event.facts
        if event.version == version and event.kind in _ROLLOUT:
            yield Link("rollout", f"{event.kind.replace('_', ' ')} by {event.by} {_where(event)}{_why(facts)}")
        elif event.version == version and event.kind in _RELEASE:
            told = f"{event.kind.replace('_', ' ')} by {event.by} {_where(event)}, in place of {_version(facts.get('replaces'))}"
            yield Link("release", f"{told}{_why(facts)}", str(facts.get("record") or ""))
            if event.kind == "promoted":
                yield from _approved(events, event)
        elif event.kind in ("promoted", "rolled_back") and facts.get("replaces") == version:
            yield Link("release", f"version {event.version} took its place {_where(event)}, by {event.by}{_why(facts)}")


def _approved(events: Events, promoted: Event) -> Iterator[Link]:
    """A promotion stands on the approval of this very version and digest."""
    likely = sorted(events, key=lambda event: event.kind != "approved")  # a digest costs most of what is done with an event
    approval = next((event for event in likely if event.sha256 == promoted.facts.get("approval")), None)
    if approval is None:
        yield gone("approval", f"event {promoted.number} names an approval that the ledger does not hold")
    elif (approval.kind, approval.version, approval.digest) != ("approved", promoted.version, promoted.digest):
        yield gone("approval", f"event {approval.number}, on which event {promoted.number} stands, approves something else")
    else:
        yield Link("approval", f"approved by {_by(approval)} at {approval.facts.get('answered_at')} {_where(approval)}")


def code(found: Mapping[str, str], digest: str) -> Iterator[Link]:
    """The code, libraries, weights and settings that made the model."""
    if not found:
        yield gone("lineage", f"no event tells what made {digest[:16]}: it was judged by an older release of reviewloop")
        return
    lacking = [name for name in NEEDED if not found.get(name)]
    if lacking:
        yield gone("lineage", f"not told: {', '.join(lacking)}")
    dirty = " and changes that were not committed" if found.get("git_dirty") == "true" else ""
    yield Link("code", f"commit {found.get('git_commit', 'unknown')}{dirty}, digest {found.get('code_digest', '')[:16]}")
    yield Link("libraries", f"lock {found.get('lock_digest', '')[:16]}")
    yield Link("weights", f"{found.get('base_model', 'unknown')}, {found.get('base_model_pin', 'not told')[:24]}")
    yield Link("settings", f"configuration {found.get('config_digest', '')[:16]}, seed {found.get('seed', 'not told')}")
    yield Link("training", f"why: {found.get('trigger', 'not told')}; run {found.get('dag_run', 'not told')}")


def _where(event: Event) -> str:
    return f"(event {event.number}, {event.at})"


def _by(event: Event) -> str:
    note = f" ({event.facts['note']})" if event.facts.get("note") else ""
    return f"{'nobody, by timeout' if event.by == NOBODY else event.by}{note}"


def _version(value: object) -> str:
    return f"version {value}" if value else "none"


def _why(facts: Mapping[str, Any]) -> str:
    why = facts.get("reason") or facts.get("why")
    return f": {why}" if why else ""
