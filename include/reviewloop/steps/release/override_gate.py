"""A person takes a gate's refusal upon himself or herself, by name and with a reason."""

import logging
from typing import Any

from reviewloop.adapters.judging import gates_digest
from reviewloop.adapters.lake import s3
from reviewloop.adapters.mlflow import runs
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.core.digests import bytes_digest
from reviewloop.core.release import overrides, people, standing
from reviewloop.core.release.events import Draft, Event, person
from reviewloop.errors import Refused

log = logging.getLogger(__name__)


def override_gate(job_key: str, gate: str, by: str, reason: str) -> str:
    """Override one gate that refused the job's model; returns what is still missing, in words.

    ``by`` is the person, ``reason`` why, in words, both kept in the ledger for good. A gate on leakage or fairness takes two
    different people, and who started the training is none of them where ``release.trainer_may_approve`` says so. It holds for this
    model alone, while the gates and the champion are those of the refusal; then clear ``gate_model``, or start sentiment_train.
    Raises ``Refused`` for a gate that did not refuse, or that nobody may override, and for who may not.
    """
    release = load_config().release
    who = person(by)
    if not reason.strip():
        raise Refused("reason: is empty; an override says why, in words")
    judged = _judged(ledger.read(), job_key)
    found = _refusal(judged, gate)
    run_id = runs.find_run(str(judged.facts["job_key"]))
    trainer = runs.run_tags(run_id).get(Tag.TRAINED_BY, "") if run_id else ""
    if why := people.why_not(by, release) or people.why_not_trainer(by, trainer, release):
        raise Refused(f"by: {why}")
    facts = {
        "gate": gate, "metric": found["metric"], "finding": found["finding"], "reason": " ".join(reason.split()),
        "judged": judged.sha256, **{name: judged.facts[name] for name in ("job_key", "gates_digest", "against", "report_digest")},
    }  # fmt: skip
    draft = Draft(overrides.OVERRIDDEN, who, None, judged.digest, facts)

    def decide(events: standing.Events) -> Draft | Event:
        said = _said(events, judged, gate)
        return next((event for event in said if people.is_same(overrides.name_of(event), by, release)), None) or draft

    ledger.append(decide)
    said = _said(ledger.read(), judged, gate)
    if overrides.is_enough(found["metric"], said, release):
        told = f"gate {gate} is overridden by {' and '.join(map(overrides.name_of, said))}; clear `gate_model` to judge again"
    else:
        told = f"gate {gate}: it takes another person, with a reason of his or her own, beside {overrides.name_of(said[0])}"
    log.info("%s", told)
    return told


def _judged(events: standing.Events, job_key: str) -> Event:
    """The newest verdict on the job."""
    if not job_key.strip():
        raise Refused("job_key: is empty; the page of the gates names it")
    found = [one for one in events if one.kind == "judged" and str(one.facts.get("job_key", "")).startswith(job_key)]
    if len({one.facts["job_key"] for one in found}) != 1:
        raise Refused(f"job_key: {job_key!r} is the beginning of {'several jobs' if found else 'no job'} that the gates judged")
    judged = found[-1]
    if judged.facts.get("verdict") == "passed":
        raise Refused(f"job_key: the gates passed job {job_key[:16]} (ledger, event {judged.number}); there is nothing to override")
    now = standing.champion_version(events)
    if (judged.facts.get("gates_digest"), judged.facts.get("against")) != (gates_digest(load_config()), now):
        raise Refused("gate: the gates or the champion changed since this verdict; clear `gate_model`, and see what it says now")
    return judged


def _refusal(judged: Event, gate: str) -> dict[str, Any]:
    data = s3.read_bytes(str(judged.facts["report_uri"]))
    if bytes_digest(data) != judged.facts["report_digest"]:
        raise Refused(f"{judged.facts['report_uri']}: it is not the report of event {judged.number}; clear `gate_model`")
    refusing = {one["name"]: one for one in s3.read_json(str(judged.facts["report_uri"]))["gates"] if one["blocks"]}
    if gate not in refusing:
        raise Refused(f"gate: {gate!r} refuses nothing here; refusing are: {', '.join(refusing)}")
    found: dict[str, Any] = refusing[gate]
    if why := overrides.why_never(found):
        raise Refused(f"gate: {gate} cannot be overridden: {why}")
    return found


def _said(events: standing.Events, judged: Event, gate: str) -> list[Event]:
    key = str(judged.digest), str(judged.facts["gates_digest"]), str(judged.facts["against"])
    return overrides.said(events, *key).get(gate, [])
