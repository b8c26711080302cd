"""Which model version is up for release."""

import logging
from typing import Any

from pydantic import ValidationError

from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.candidates import candidate_of
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.errors import NothingToDo, PermanentError
from reviewloop.refs import CandidateRef

log = logging.getLogger(__name__)


def pick_candidate(candidate: dict[str, Any] | None) -> CandidateRef:
    """The candidate that the event named, or the newest version after the champion that was never released.

    A version older than the champion is left alone: someone decided against it, or let it wait until a better one came.
    Raises ``NothingToDo`` when there is none, or when the named one answers already.
    """
    champion = registry.champion()
    if candidate is not None:
        picked = _named(candidate)
        if champion is not None and champion.version == picked.version and Tag.APPROVED_BY in champion.tags:
            raise NothingToDo(f"version {picked.version} is the champion already")
    else:
        after = int(champion.version) if champion else 0
        waiting = [one for one in registry.versions() if int(one.version) > after and Tag.APPROVED_BY not in one.tags]
        if not waiting:
            raise NothingToDo(f"no version after {after} waits for a release" if after else "no version is registered yet")
        picked = candidate_of(waiting[0])
    log.info("version %s (%s), macro-F1 %.4f, job %s", picked.version, picked.kind, picked.macro_f1, picked.job_key[:16])
    return picked


def _named(candidate: dict[str, Any]) -> CandidateRef:
    try:
        told = CandidateRef.model_validate(candidate)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
        raise PermanentError(f"candidate: the event does not name one: {wrong}") from None
    found = candidate_of(registry.get_version(told.version))
    if found != told:
        raise PermanentError(
            f"candidate: the event says version {told.version} is {told.model_uri} of job {told.job_key[:16]}, "
            f"the registry says {found.model_uri} of job {found.job_key[:16]}"
        )
    return found
