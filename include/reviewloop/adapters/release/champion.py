"""Who answers: the ledger's head says so, the registry's alias ``champion`` is a cache of it.

One place for everybody who asks: the gates, scoring, the monitor, the endpoint, ``explain``.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import ledger
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event
from reviewloop.errors import PermanentError, Refused, TransientError

log = logging.getLogger(__name__)

_OLD_RECORD: Final = re.compile(r"version=(\d+)\.json")
"""A release record from before there was a ledger."""
_MAX_TRIES: Final = 20


@dataclass(frozen=True)
class Champion:
    """A released version that is what the ledger says. ``digest`` is of its files, ``source`` the lake URI that holds them.

    ``disagreement`` says in words where the registry's alias names another; None where it does not.
    """

    version: str
    source: str
    digest: str
    tags: Mapping[str, str]
    disagreement: str | None = None


def current_champion() -> Champion | None:
    """The version that answers, where ledger, registry and lake agree on it; None before the first release of all.

    Raises ``Refused`` with what to do where they do not: no champion must never look like none yet.
    """
    champion = answering()
    if champion is not None and champion.disagreement:
        raise Refused(champion.disagreement)
    return champion


def answering() -> Champion | None:
    """As ``current_champion``, for those who must go on while the alias is wrong: it says so in ``disagreement``."""
    events = ledger.read()
    head = standing.champion(events)
    if head is None:
        _require_no_older_release(events)
        return None
    champion = verified(head)
    named = registry.aliased()
    if named == champion.version:
        return champion
    found = f"names version {named}" if named else "is gone"
    return Champion(
        champion.version, champion.source, champion.digest, champion.tags,
        f"the registry's alias {registry.CHAMPION!r} {found}, but version {champion.version} was released (ledger, event "
        f"{head.number}): `python -m reviewloop mend_alias` sets it back, `python -m reviewloop rollback` releases another",
    )  # fmt: skip


def released(version: str) -> Champion:
    """A version that answers or did. Raises ``Refused`` for one that was never released, or is not what was."""
    events = ledger.read()
    act = standing.release_of(events, version)
    if act is None:
        if standing.champion(events) is None:
            _require_no_older_release(events)
        raise Refused(f"version {version} was never released; released are: {_known(events)}")
    return verified(act)


def verified(act: Event) -> Champion:
    """The version that a release names, looked up. Raises ``Refused`` where it is not what was released."""
    version, source = str(act.version), str(act.facts.get("source"))
    so = f"version {version} was released (ledger, event {act.number}), but"
    remedy = "restore it from a backup, or release another: `python -m reviewloop rollback`"
    try:
        info = registry.get_version(version)
    except PermanentError as error:
        raise Refused(
            f"{so} the registry does not hold it ({error}); `python -m reviewloop rebuild` makes anew what MLflow lost, or {remedy}"
        ) from None
    faults = []
    if info.source != source:
        faults.append(f"the registry says that it lies at {info.source}, not {source}")
    if not is_of_this_lake(source):
        faults.append(f"{source} does not lie below {places.models('')} of this lake")
    faults += [f"it has no tag {tag}" for tag in (Tag.APPROVED_BY, Tag.VERDICT, Tag.MODEL_DIGEST) if not info.tags.get(tag)]
    if info.tags.get(Tag.VERDICT) not in (None, "passed"):
        faults.append(f"its tag {Tag.VERDICT} is {info.tags[Tag.VERDICT]!r}, not 'passed'")
    if info.tags.get(Tag.MODEL_DIGEST) not in (None, act.digest):
        faults.append(f"its tag {Tag.MODEL_DIGEST} is not the digest that was released, {str(act.digest)[:16]}")
    if not faults and artifacts.open_artifact(source).digest != act.digest:
        faults.append(f"other files lie at {source}")
    if not faults and not s3.exists(str(act.facts.get("record"))):
        faults.append(f"its release record {act.facts.get('record')} is gone")
    if faults:
        raise Refused(f"{so} {'; '.join(faults)}; {remedy}")
    return Champion(version, source, str(act.digest), info.tags)


def is_of_this_lake(source: str) -> bool:
    """Whether a version's files lie where this lake keeps its models."""
    below = places.models("")
    return source.startswith(below) and ".." not in source.split("/")


def old_records() -> dict[str, str]:
    """Version -> URI of its release record from before there was a ledger, by version."""
    folder = places.reports("releases", "")
    found = ((_OLD_RECORD.fullmatch(uri.removeprefix(folder)), uri) for uri in s3.list_uris(f"{folder}version="))
    return dict(sorted(((match[1], uri) for match, uri in found if match), key=lambda pair: int(pair[0])))


def settle() -> None:
    """Bring the aliases, then the witness, to what the ledger says, and read back that they are: a killed release is finished."""
    for _ in range(_MAX_TRIES):
        events = ledger.read()
        head, before = standing.champion(events), standing.before_champion(events)
        if head is None:
            return
        wanted = [(registry.CHAMPION, str(head.version))]
        if before is not None and registry.holds(str(before.version)):
            wanted.insert(0, (registry.PREVIOUS, str(before.version)))
        moved = [(alias, version) for alias, version in wanted if registry.aliased(alias) != version]
        for alias, version in moved:
            registry.set_alias(alias, version)
        if not moved and standing.champion(ledger.read()) == head:
            break
    else:
        raise TransientError(f"the aliases were moved {_MAX_TRIES} times by somebody else meanwhile")
    ledger.witness()


def mend(by: str) -> Event | None:
    """Set an alias back that was found moved or gone, with a trace in the ledger; None where it names the champion."""
    named, head = registry.aliased(), standing.champion(ledger.read())
    event = None
    if head is not None and named != head.version:
        found = Draft("alias_moved", by, head.version, head.digest, {"found": named or ""})
        event = ledger.append(lambda _: found)
        log.warning("the alias %s was found at %s; version %s answers", registry.CHAMPION, named or "nothing", head.version)
    settle()
    return event


def _require_no_older_release(events: standing.Events) -> None:
    """Before the ledger's first release there must be none that it does not know."""
    records = sorted(set(old_records()) - standing.adopted_versions(events), key=int)
    named = registry.aliased()
    if records or named:
        what = (
            f"release records of version {', '.join(records)}" if records else f"an alias {registry.CHAMPION!r} on version {named}"
        )
        raise Refused(
            f"the lake holds {what}, but the ledger of releases is without one: `python -m reviewloop adopt` takes over what an "
            "older release of reviewloop left (`make run` does so by itself)"
        )


def _known(events: standing.Events) -> str:
    return ", ".join(sorted({str(act.version) for act in standing.acts(events)}, key=int)) or "none"
