"""What is recorded of one version, brought together: its tags, the gates' report, the evaluation, the ledger, its signature."""

from collections.abc import Mapping
from typing import Any, Final

from reviewloop.adapters.lake import artifacts, places, s3, signatures
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag, ours
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.core.card.content import LINEAGE, METRICS
from reviewloop.core.card.standing import approvals, stands, told_of
from reviewloop.core.digests import bytes_digest
from reviewloop.core.lake.strict_json import strict_json
from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.errors import PermanentError, Refused
from reviewloop.settings import PROJECT_ROOT, settings

CODE_LICENCE: Final = "Apache-2.0"


def card_facts(version: str, events: standing.Events | None = None) -> dict[str, Any]:
    """The facts of a version's card, ready for JSON: the same as long as nothing is recorded of it and the owner's words stay.

    Raises ``Refused`` where a report is not the one that the ledger tells of, and where the ledger has never heard of the version.
    """
    config, info = load_config(), registry.get_version(version)
    events = ledger.read() if events is None else events
    artifact = artifacts.open_artifact(info.source)
    told = told_of(events, version, artifact.digest)
    if not told:
        raise Refused(f"version {version}: the ledger tells nothing of it; a card is made of what is recorded")
    lineage = {name: value for name, value in ours(info.tags).items() if name in LINEAGE}
    report, source = _report(info.tags.get(Tag.GATE_REPORT_URI, ""), told)
    evaluation, evaluated = _evaluation(info.tags.get(Tag.EVALUATION_URI, ""), artifact.digest)
    word, notice = stands(events, version)
    metrics: Mapping[str, Any] = evaluation.get("metrics", {})
    return {
        "version": version, "model": settings().registered_model, "kind": info.tags.get(Tag.KIND, ""),
        "form": evaluation.get("form", ""), "digest": artifact.digest, "source": info.source,
        "files": dict(sorted(artifact.files.items())), "stands": word, "notice": notice, "signed_by": _signer(artifact),
        "as_of": {"event": told[-1].number, "at": told[-1].at},
        "events": [_event(event) for event in told], "approvals": approvals(events, version), "lineage": lineage,
        "report": source, "evaluation": evaluated, "dataset": config.contract.name,
        "num_rows": None if metrics.get("num_rows") is None else int(metrics["num_rows"]),
        "metrics": [
            {"name": name, "value": metrics[name], "low": metrics.get(f"{name}_low"), "high": metrics.get(f"{name}_high")}
            for name in METRICS
            if name in metrics
        ],
        "gates": [{name: str(gate[name]) for name in ("name", "verdict", "asked", "finding")} for gate in report.get("gates", [])],
        "slices": {
            name: [_slice(one) for one in found] for name, found in evaluation.get("slices", {}).items()
        },
        "bias": evaluation.get("bias_after", {}), "base_licence": config.card.base_licence(lineage.get("base_model", "")),
        "code_licence": CODE_LICENCE, "told": config.card.model_dump(mode="json", exclude={"base_licences"}),
    }  # fmt: skip


def lock_of(facts: Mapping[str, Any]) -> str | None:
    """The lock that the version was trained with, by its digest: from the lake, or this checkout's own, which is kept there then.

    None where neither has it. Raises ``Refused`` where the one in the lake was changed.
    """
    digest = str(facts["lineage"].get("lock_digest") or "")
    if not digest:
        return None
    uri = places.lock(digest)
    if s3.exists(uri):
        data = s3.read_bytes(uri)
        if bytes_digest(data) != digest:
            raise Refused(f"{uri}: is not the lock of its name (digest {bytes_digest(data)[:16]}); it was changed")
        return data.decode()
    data = (PROJECT_ROOT / "requirements.txt").read_bytes()
    if bytes_digest(data) != digest:
        return None
    s3.write_bytes(uri, data, "text/plain")
    return data.decode()


def newest_card(version: str) -> str | None:
    """The URI of the folder that holds the version's newest card; None where there is none."""
    folders = list(s3.list_folders(f"{places.cards(version)}/"))
    return f"{places.cards(version)}/{folders[-1]}" if folders else None


def _event(event: Event) -> dict[str, Any]:
    words = ("reason", "why", "note", "verdict", "refused_by")
    note = "; ".join(str(event.facts[name]) for name in words if event.facts.get(name))
    return {"event": event.number, "at": event.at, "kind": event.kind, "by": event.by, "note": note, "version": event.version or ""}


def _slice(one: Mapping[str, Any]) -> dict[str, Any]:
    found = {"value": str(one["value"]), "num_rows": int(one["num_rows"]), "accuracy": one.get("accuracy")}
    return found | {"low": one.get("accuracy_low"), "high": one.get("accuracy_high"), "verdict": str(one.get("verdict", ""))}


def _report(uri: str, told: list[Event]) -> tuple[dict[str, Any], dict[str, str]]:
    """The gates' report, and where it comes from; both empty where none is recorded."""
    if not uri or not s3.exists(uri):
        return {}, {}
    data = s3.read_bytes(uri)
    wanted = [event.facts.get("report_digest") for event in told if event.kind == "judged" and event.facts.get("report_uri") == uri]
    if wanted and bytes_digest(data) not in wanted:
        raise Refused(f"{uri}: it is not the report that the ledger tells of (digest {bytes_digest(data)[:16]}); it was changed")
    return strict_json(data), {"uri": uri, "sha256": bytes_digest(data)}


def _evaluation(uri: str, digest: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The evaluation of these very files, and where it comes from; both empty where none is recorded."""
    folder, _, name = uri.rpartition("/")
    try:
        data = artifacts.open_artifact(folder).read(name)
    except PermanentError:
        return {}, {}
    found: dict[str, Any] = strict_json(data)
    if found.get("model_digest") != digest:
        raise Refused(f"{uri}: it is of other files ({str(found.get('model_digest'))[:16]}) than the version's ({digest[:16]})")
    return found, {"uri": uri, "sha256": bytes_digest(data)}


def _signer(artifact: artifacts.Artifact) -> str:
    try:
        return signatures.verify(artifact)
    except Refused:
        return ""
