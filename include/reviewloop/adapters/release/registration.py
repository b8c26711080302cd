"""One version a job, whoever registers it, how often, and at the same time as whom."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag, ours
from reviewloop.adapters.release import ledger
from reviewloop.core.release import registered, standing
from reviewloop.core.release.events import Draft, Event, program
from reviewloop.errors import PermanentError

log = logging.getLogger(__name__)


def register_version(model_uri: str, run_id: str, tags: Mapping[str, str]) -> registry.VersionInfo:
    """The version of the job named by ``tags[Tag.JOB_KEY]``, made if there is none.

    The registry cannot compare and set, the ledger can: whoever records first has the version, and what another has made
    meanwhile is deleted by whoever sees it next. A task killed anywhere is finished by its retry. A number that the ledger knows
    as another job's is left out: a registry restored from a backup counts on from what it holds, and would give it again.
    """
    job_key = tags[Tag.JOB_KEY]
    others = standing.numbers_of_others(ledger.read(), job_key)
    known = [found for found in registry.versions_of(job_key) if found.version not in others]
    made = known[0] if known else registry.create_version(model_uri, run_id, tags)
    while made.version in others:
        log.warning("version %s was another job's before the registry was restored; this job gets another", made.version)
        registry.delete_version(made.version)  # MLflow gives a deleted number no second time
        made = registry.create_version(model_uri, run_id, tags)
    whole = replace(made, tags={**tags, **made.tags})
    told = _told("registered", whole, tags.get(Tag.MODEL_DIGEST), {"job_key": job_key, "source": model_uri})

    def decide(events: standing.Events) -> Draft | Event:
        return standing.registration(events, job_key) or told

    winner = str(ledger.append(decide).version)
    for found in registry.versions_of(job_key):
        if found.version != winner:
            log.warning("version %s of job %s was registered twice; version %s is the one", found.version, job_key[:16], winner)
            registry.delete_version(found.version)
    kept = next((found for found in registry.versions_of(job_key) if found.version == winner), None)
    if kept is None:
        raise PermanentError(
            f"version {winner} of job {job_key[:16]} was deleted in the registry; start sentiment_train with force to make "
            "another, or where MLflow lost its database: `python -m reviewloop rebuild`"
        )
    describe()
    return kept


def describe() -> None:
    """Keep in the ledger what it does not hold of versions that an older release registered, while the registry still does."""
    missing = registered.undescribed(ledger.read())
    there = {found.version: found for found in registry.versions()} if missing else {}
    for version in (version for version in missing if version in there):
        found = there[version]
        job_key = found.tags.get(Tag.JOB_KEY, "")
        told = _told("described", found, found.tags.get(Tag.MODEL_DIGEST), {"job_key": job_key, "source": found.source})
        _tell_once(told)


def _told(kind: str, found: registry.VersionInfo, digest: str | None, facts: Mapping[str, str]) -> Draft:
    """An event that holds all that the registry must get back if it is lost."""
    tags = ours({name: value for name, value in found.tags.items() if name in set(Tag)})
    return Draft(kind, program("register"), found.version, digest, {**facts, "run_id": found.run_id, "tags": tags})


def _tell_once(told: Draft) -> None:
    def decide(events: standing.Events) -> Draft | Event:
        return _same(events, told) or told

    ledger.append(decide)


def _same(events: standing.Events, told: Draft) -> Event | None:
    return next((event for event in events if (event.kind, event.version) == (told.kind, told.version)), None)
