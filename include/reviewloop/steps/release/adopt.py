"""Releases from before there was a ledger are taken over into it."""

import logging
import tempfile
from pathlib import Path
from typing import Any

from reviewloop.adapters.lake import s3, signatures
from reviewloop.adapters.lake.model_store import fetch_unsigned, open_unsigned
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import champion, ledger
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, program
from reviewloop.errors import NothingToDo, PermanentError, Refused, ReviewloopError

log = logging.getLogger(__name__)


def adopt() -> list[str]:
    """Take over every older release whose record verifies; returns their versions, the one that answers last.

    A record verifies where the registry holds its version with the files and the approval that it tells of, the files lie whole
    in this lake, and the gates' report on them lets them pass. Its model is then signed. One that does not is named and left alone.
    Raises ``PermanentError`` where the version that the alias ``champion`` names is not among them: somebody must look. Raises
    ``NothingToDo`` where there is nothing to take over.
    """
    events, records = ledger.read(), champion.old_records()
    named = registry.aliased()
    champion.settle()  # where an earlier try was killed after its last event
    if standing.champion(events) is not None or not (records or named):
        raise NothingToDo("the ledger knows every release" if records or named else "nothing was released before")
    releases, faults = {}, {}
    for version, uri in records.items():
        try:
            releases[version] = _verified(version, uri)
        except PermanentError as error:
            faults[version] = str(error)
            log.warning("version %s is not taken over: %s", version, error)
    if named not in releases:
        why = faults.get(str(named), "no release record tells of it")
        raise Refused(
            f"the alias {registry.CHAMPION!r} names version {named or 'none'}, which cannot be taken over: {why}. Let it name one "
            f"that can ({', '.join(releases) or 'there is none: delete the alias and the records under reports/releases/'})"
        )
    order = sorted(releases, key=lambda version: (version == named, releases[version].facts["approved_at"], int(version)))
    for version in order:
        _take_over(releases[version], answers=version == named)
    champion.settle()
    champion.current_champion()
    return order


def _verified(version: str, uri: str) -> Draft:
    """The release that a record tells of. Raises ``Refused`` for what does not fit together."""
    try:
        record = s3.read_json(uri)
        source, by, at = record["candidate"]["model_uri"], record["approved_by"], record["approved_at"]
    except (ValueError, KeyError, TypeError):
        raise Refused(f"{uri} is no release record") from None
    info = registry.get_version(version)
    if info.source != source or not champion.is_of_this_lake(str(source)):
        raise Refused(f"the record tells of {source}, the registry of {info.source}; both must be one model of this lake")
    if (info.tags.get(Tag.APPROVED_BY), info.tags.get(Tag.APPROVED_AT)) != (by, at):
        raise Refused(f"the record says {by} approved it at {at}, the version's tags do not")
    report = _read_report(info.tags.get(Tag.GATE_REPORT_URI, ""))
    if report.get("verdict") not in ("pass", "warn") or report.get("model_uri") != source:
        raise Refused(f"the gates' report {info.tags.get(Tag.GATE_REPORT_URI)!r} does not say that {source} passed")
    facts = {
        "approved_by": by, "approved_at": at, "replaces": str(record.get("previous") or ""), "source": source, "record": uri,
        "job_key": info.tags.get(Tag.JOB_KEY, ""),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as temporary:
        artifact = fetch_unsigned(source, Path(temporary))
    return Draft("adopted", program("adopt"), version, artifact.digest, facts)


def _read_report(uri: str) -> dict[str, Any]:
    try:
        report = s3.read_json(uri)
    except (ValueError, ReviewloopError) as error:
        raise Refused(f"the gates' report cannot be read: {error}") from None
    return report if isinstance(report, dict) else {}


def _take_over(release: Draft, answers: bool) -> None:
    signatures.sign(open_unsigned(str(release.facts["source"])))
    tags: dict[str, str] = {Tag.MODEL_DIGEST: str(release.digest), Tag.VERDICT: "passed"}
    registry.set_version_tags(str(release.version), tags)
    draft = Draft(release.kind, release.by, release.version, release.digest, {**release.facts, "answers": answers})

    def decide(events: standing.Events) -> Draft | Event:
        told = (event for event in events if (event.kind, event.version, event.facts) == ("adopted", draft.version, draft.facts))
        return next(told, None) or draft

    ledger.append(decide)
