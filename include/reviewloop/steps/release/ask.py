"""What a person is asked before a release, kept as it is shown."""

import json
import logging
from typing import Any

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.release import briefing, ledger
from reviewloop.core.digests import bytes_digest
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, Event, program
from reviewloop.errors import Refused
from reviewloop.refs import CandidateRef, QuestionRef
from reviewloop.steps.release.pick_candidate import require_judged

log = logging.getLogger(__name__)


def ask(candidate: CandidateRef, subject: str, body: str) -> QuestionRef:
    """Keep the question in the lake, and in the ledger that it is asked: an answer is to it and to nothing else.

    Its digest is over all that it is about: the version, its files, the gates' report, the champion that it would replace, and
    the very words shown (``subject``, and ``body`` in Markdown), and who decides, by the level of automation. Asked again before
    there is an answer it is the same question; after one it is a new one. Raises ``Refused`` where the candidate must be judged
    again.
    """
    events = ledger.read()
    require_judged(events, candidate)
    now = briefing.decision(events, candidate)
    told = facts(candidate, standing.champion_version(events)) | {"subject": subject, "body": body} | now
    data = json.dumps(told, indent=2, sort_keys=True).encode()
    digest = bytes_digest(data)
    uri = places.shown(digest)
    s3.create(uri, data, "application/json")
    draft = Draft(
        "asked", program("ask"), candidate.version, told["model_digest"], {"shown": digest, "replaces": told["replaces"], **now}
    )

    def decide(events: standing.Events) -> Draft | Event:
        asked = standing.question(events, digest)
        return asked if asked is not None and standing.answer(events, asked) is None else draft

    asked = ledger.append(decide)
    log.info("event %d asks: %s", asked.number, subject)
    return QuestionRef(version=candidate.version, uri=uri, digest=digest, replaces=told["replaces"] or None)


def facts(candidate: CandidateRef, replaces: str) -> dict[str, Any]:
    """What a question is about, looked up now. ``replaces`` is the champion's version, empty before the first release."""
    source = registry.get_version(candidate.version).source
    if source != candidate.model_uri:
        raise Refused(f"version {candidate.version} holds {source}, but the question is about {candidate.model_uri}")
    return {
        "candidate": candidate.model_dump(),
        "replaces": replaces,
        "model_digest": artifacts.open_artifact(source).digest,
        "gate_report_digest": bytes_digest(s3.read_bytes(candidate.gate_report_uri)),
    }


def read_question(question: QuestionRef) -> dict[str, Any]:
    """What was shown. Raises ``Refused`` where other bytes lie in its place."""
    data = s3.read_bytes(question.uri)
    if bytes_digest(data) != question.digest:
        raise Refused(f"{question.uri}: it is not what was shown (digest {question.digest[:16]}); clear `ask` to ask again")
    found: dict[str, Any] = json.loads(data)
    return found
