"""Which model version is up for release."""

import logging
from typing import Any

from pydantic import ValidationError

from reviewloop.adapters.judging import gates_digest
from reviewloop.adapters.lake import artifacts
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.candidates import candidate_of
from reviewloop.adapters.release import champion, ledger
from reviewloop.config import load_config
from reviewloop.core.release import standing
from reviewloop.core.release.events import program
from reviewloop.errors import NothingToDo, Refused
from reviewloop.refs import CandidateRef

log = logging.getLogger(__name__)


def pick_candidate(candidate: dict[str, Any] | None) -> CandidateRef:
    """The candidate that the event named, or the newest version after the champion that was never released.

    A version older than the champion is left alone: someone decided against it, or let it wait until a better one came. An
    alias that a killed release or a person left elsewhere is set back first, with a trace in the ledger.

    Raises ``NothingToDo`` when there is none, or when the named one was released already, and ``Refused`` for one that
    must be judged again before anybody is asked: by other gates, or against another champion than today's.
    """
    champion.mend(program("pick_candidate"))
    now = champion.current_champion()
    events, after = ledger.read(), int(now.version) if now else 0
    if candidate is not None:
        picked = _named(candidate)
        release = standing.release_of(events, picked.version)
        if release is not None:
            raise NothingToDo(f"version {picked.version} was released already (ledger, event {release.number})")
        if int(picked.version) < after:
            raise NothingToDo(f"version {picked.version} is older than the champion, version {after}: it is left alone")
    else:
        later = [one for one in registry.versions() if int(one.version) > after]
        waiting = [one for one in later if standing.release_of(events, one.version) is None]
        if not waiting:
            raise NothingToDo(f"no version after {after} waits for a release" if after else "no version is registered yet")
        picked = candidate_of(waiting[0])
    require_judged(events, picked)
    log.info("version %s (%s), macro-F1 %.4f, job %s", picked.version, picked.kind, picked.macro_f1, picked.job_key[:16])
    return picked


def require_judged(events: standing.Events, candidate: CandidateRef) -> None:
    """Raises ``Refused`` where today's gates did not pass the candidate against today's champion."""
    digest = artifacts.open_artifact(candidate.model_uri).digest
    why = standing.why_not_asked(events, digest, candidate.job_key, gates_digest(load_config()))
    if why is not None:
        raise Refused(
            f"version {candidate.version} cannot be released: {why}. Start sentiment_train: it judges again, and trains nothing "
            "that was trained before"
        )


def _named(candidate: dict[str, Any]) -> CandidateRef:
    try:
        told = CandidateRef.model_validate(candidate)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
        raise Refused(f"candidate: the event does not name one: {wrong}") from None
    found = candidate_of(registry.get_version(told.version))
    if (found.model_uri, found.job_key) != (told.model_uri, told.job_key):
        raise Refused(
            f"candidate: the event says version {told.version} is {told.model_uri} of job {told.job_key[:16]}, "
            f"the registry says {found.model_uri} of job {found.job_key[:16]}"
        )
    return found
