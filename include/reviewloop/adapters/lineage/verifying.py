"""Whether all that says who answers, and why, is still what it was: each place beside the ledger, and the ledger beside itself.

A check is a function from the ledger's events to findings; ``CHECKS`` has them all, under the place that they look at.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.lake.model_store import read_stored
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag, ours
from reviewloop.adapters.release import ledger
from reviewloop.core.digests import bytes_digest
from reviewloop.core.lineage import versions
from reviewloop.core.release import standing
from reviewloop.core.release.events import NOBODY, Event
from reviewloop.core.release.standing import Events
from reviewloop.core.release.witness import parse_witness, require_whole
from reviewloop.core.rollout.routing import open_rollout
from reviewloop.errors import PermanentError, ReviewloopError

_OF_LINEAGE: Final = frozenset(ours(dict.fromkeys(Tag, "")))


Check = Callable[[Events], Iterator[str]]
"""From the ledger's events to what is wrong at a place, a line each."""


@dataclass(frozen=True)
class Finding:
    """What is wrong at a ``place`` (a check's name), in one line."""

    place: str
    told: str


@dataclass(frozen=True)
class Verified:
    """What was looked at, and all that was found."""

    num_events: int
    num_versions: int
    findings: tuple[Finding, ...]


def verify(more: Mapping[str, Check] = MappingProxyType({})) -> Verified:
    """Ask every place, and those of ``more``. One that does not answer is a finding too: what was not seen is not verified."""
    try:
        events = ledger.read_unwitnessed()
    except ReviewloopError as error:
        return Verified(0, 0, (Finding("ledger", f"{_line(error)}; nothing else was compared with it"),))
    found: list[Finding] = []
    for place, check in {**CHECKS, **more}.items():
        try:
            found += [Finding(place, told) for told in check(events)]
        except ReviewloopError as error:
            found.append(Finding(place, f"could not be looked at: {_line(error)}"))
    return Verified(len(events), len({event.version for event in events if event.version}), tuple(found))


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def answering(events: Events) -> list[Event]:
    """What answers, may answer after a rollback, or answers in a rollout: the newest event of each version that says so."""
    acts = (standing.champion(events), standing.before_champion(events), open_rollout(events))
    return list({act.version: act for act in acts if act is not None}.values())


def _witness(events: Events) -> Iterator[str]:
    told = registry.ledger_head()
    try:
        require_whole(events, parse_witness(told) if told else None)
    except PermanentError as error:
        yield f"{error} (the witness is a tag of the registered model in MLflow)"
    if told is None and any(event.kind == "registered" for event in events):
        yield "the registry holds no witness of how far it went: its newest events could be gone, and nobody would know"


def _manifests(events: Events) -> Iterator[str]:
    for act in answering(events):
        source = str(act.facts.get("source"))
        try:
            stored = read_stored(source)
        except PermanentError as error:
            yield f"version {act.version}: {error}"
            continue
        if stored.digest != act.digest:
            named = f"event {act.number} names {str(act.digest)[:16]}"
            yield f"version {act.version}: {named}, but other files ({stored.digest[:16]}) lie at {source}"


def _evidence(events: Events) -> Iterator[str]:
    """Reports, questions and records on which a release stands."""
    by_sha = {event.sha256: event for event in events}
    for act in standing.acts(events):
        record = _json(str(act.facts.get("record") or ""))
        if record is None:
            yield f"version {act.version}: its release record {act.facts.get('record')} is gone, or is none (event {act.number})"
        if act.kind != "promoted":
            continue
        approval = by_sha.get(str(act.facts.get("approval")))
        if approval is None or (approval.kind, approval.version, approval.digest) != ("approved", act.version, act.digest):
            yield f"version {act.version}: event {act.number} promotes it, and no approval in the ledger names it and its files"
            continue
        if record is not None and (record.get("approval") or {}).get("sha256") != approval.sha256:
            yield f"version {act.version}: its release record names another approval than event {approval.number}"
        yield from _is_as_it_was(places.shown(str(approval.facts.get("shown"))), str(approval.facts.get("shown")), "what was shown")
    for judged in (event for event in events if event.kind == "judged"):
        report = str(judged.facts.get("report_uri") or "")
        if report and judged.facts.get("report_digest"):
            yield from _is_as_it_was(report, str(judged.facts["report_digest"]), f"the gates' report of event {judged.number}")


def _is_as_it_was(uri: str, digest: str, what: str) -> Iterator[str]:
    try:
        same = bytes_digest(s3.read_bytes(uri)) == digest
    except PermanentError as error:
        yield f"{what} is gone: {error}"
        return
    if not same:
        yield f"{what} was changed: {uri} is not of digest {digest[:16]}"


def _json(uri: str) -> Mapping[str, Any] | None:
    try:
        found = s3.read_json(uri)
    except (PermanentError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _tags(events: Events) -> Iterator[str]:
    known = {found.version: found for found in registry.versions()}
    told = {str(event.version): event for event in events if event.kind in ("registered", "adopted")}
    for version in sorted(known.keys() - told.keys(), key=int):
        yield f"version {version}: the registry holds it, and the ledger knows nothing of it"
    for version in told:
        if version in known:
            yield from _tags_of(events, version, known[version])
        else:
            yield f"version {version}: the registry does not hold it any more; its files and its story are in the lake"


def _tags_of(events: Events, version: str, found: registry.VersionInfo) -> Iterator[str]:
    of = versions.identity(events, version)
    if of is None:
        return
    tags = ours(found.tags)
    act, judged = standing.release_of(events, version), versions.judgements(events, of.digest, of.job_key)
    wanted: dict[str, set[str]] = {"model_digest": {of.digest}, "job_key": {of.job_key}}
    if judged:
        wanted["verdict"] = {"passed" if act else str(judged[0].facts.get("verdict"))}
        wanted["gate_report_uri"] = {str(event.facts.get("report_uri") or "") for event in judged}
    if act is not None:
        promotions = (event for event in events if event.kind == "promoted" and event.version == version)
        wanted["approved_by"] = {_approver(events, event) for event in promotions}
    for event in judged:
        for name, value in (event.facts.get("lineage") or {}).items():
            if name in _OF_LINEAGE:
                wanted.setdefault(name, set()).add(str(value))
    if found.source != of.source:
        yield f"version {version}: the registry says that it lies at {found.source}, the ledger {of.source}"
    for name, allowed in wanted.items():
        if allowed - {""} and tags.get(name, "") not in allowed:
            yield f"version {version}: its tag {name} is {tags.get(name)!r}, the ledger says {' or '.join(sorted(allowed))!r}"


def _approver(events: Events, promoted: Event) -> str:
    approval = next((event for event in events if event.sha256 == promoted.facts.get("approval")), None)
    if approval is None:
        return ""
    return str(approval.facts.get("note") if approval.by == NOBODY else approval.by.partition(":")[2])


def _alias(events: Events) -> Iterator[str]:
    head, before = standing.champion(events), standing.before_champion(events)
    for alias, act in ((registry.CHAMPION, head), (registry.PREVIOUS, before)):
        named = registry.aliased(alias)
        wanted = str(act.version) if act else None
        if named != wanted and not (act is before and named is None):  # a version that was lost has no alias either
            said = f"event {act.number} of the ledger released version {wanted}" if act else "the ledger knows of no such release"
            yield f"{alias} names {f'version {named}' if named else 'nothing'}, but {said}: `python -m reviewloop mend_alias`"


CHECKS: Final[dict[str, Check]] = {
    "ledger": _witness,
    "manifest": _manifests,
    "evidence": _evidence,
    "tag": _tags,
    "alias": _alias,
}
"""By the place that each looks at. The chain itself is checked as it is read."""
