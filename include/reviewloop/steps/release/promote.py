"""The approved candidate becomes the champion."""

import logging

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.errors import PermanentError
from reviewloop.refs import CandidateRef, ChampionRef

log = logging.getLogger(__name__)


def promote(candidate: CandidateRef, approved_by: str, approved_at: str) -> ChampionRef:
    """Move the aliases, tag the version with who said yes and when, and keep the release record; safe to call again.

    ``approved_by`` is a user name, or says in words that nobody was asked; ``approved_at`` is an ISO 8601 time.
    """
    if not approved_by.strip():
        raise PermanentError(f"approved_by: {approved_by!r} names nobody; a release needs to know who said yes")
    registered = registry.get_version(candidate.version)
    if registered.source != candidate.model_uri:
        raise PermanentError(f"version {candidate.version} holds {registered.source}, but {candidate.model_uri} was approved")
    previous = registry.set_champion(candidate.version)
    registry.set_version_tags(candidate.version, {Tag.APPROVED_BY: approved_by, Tag.APPROVED_AT: approved_at})
    record = {"candidate": candidate.model_dump(), "approved_by": approved_by, "approved_at": approved_at, "previous": previous}
    record_uri = s3.write_json(places.reports("releases", f"version={candidate.version}.json"), record)
    log.info("champion: version %s (before: %s), approved by %s at %s", candidate.version, previous, approved_by, approved_at)
    return ChampionRef(
        version=candidate.version, previous=previous, approved_by=approved_by, approved_at=approved_at, record_uri=record_uri
    )  # fmt: skip
