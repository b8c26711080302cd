"""A model from before models were signed, or of a key that is given up, is signed by a person's word."""

import logging
import tempfile
from pathlib import Path

from reviewloop.adapters.lake import places, s3, signatures
from reviewloop.adapters.lake.artifacts import Artifact
from reviewloop.adapters.lake.model_store import fetch_unsigned
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.release import champion, ledger
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, person
from reviewloop.errors import NothingToDo, Refused

log = logging.getLogger(__name__)


def sign_model(model: str, by: str) -> int:
    """Sign one older model with this deployment's key; returns the number of the event that says so.

    ``model`` is a version such as 3, or the URI of a model's folder in the lake; ``by`` the person who answers for it. Every file
    is read and looked at before, and the ledger must know these very files. Once: raises ``NothingToDo`` for a model that this key
    signed. Raises ``Refused`` where the ledger knows nothing of it, and where a model must not be what it is.
    """
    who = person(by)
    version, uri = (model, registry.get_version(model).source) if model.isdigit() else (None, model.rstrip("/"))
    if not champion.is_of_this_lake(uri):
        raise Refused(
            f"model: {uri} does not lie below {places.models('')} of this lake; name a version, or a model's folder there"
        )
    with tempfile.TemporaryDirectory() as temporary:
        artifact = fetch_unsigned(uri, Path(temporary))
    _, key_id = signatures.signing_key()
    _require_known(artifact, version)
    facts = {"key": key_id, "source": uri}
    draft = Draft("signed", who, version, artifact.digest, facts)
    is_signed = s3.exists(places.model_signature(uri, key_id))

    def decide(events: standing.Events) -> Draft | Event:
        told = standing.signing(events, artifact.digest, key_id)
        if told is None and is_signed:
            raise NothingToDo(f"{uri} is signed by {key_id[:16]} already")
        if told is not None and is_signed:
            raise NothingToDo(f"{uri} was signed by the word of {told.by} already (ledger, event {told.number})")
        return told or draft

    event = ledger.append(decide)
    signatures.sign(artifact)
    log.info("%s: signed by the word of %s (ledger, event %d)", uri, who, event.number)
    return event.number


def _require_known(artifact: Artifact, version: str | None) -> None:
    """Whoever may write to the lake can put a model there; that the loop made it tells the ledger alone."""
    told = [event for event in ledger.read() if event.digest == artifact.digest and version in (None, event.version)]
    if not told:
        raise Refused(
            f"{artifact.uri}: the ledger has never heard of these files (digest {artifact.digest[:16]})"
            f"{f' as version {version}' if version else ''}; only what this loop registered or judged is taken over"
        )
