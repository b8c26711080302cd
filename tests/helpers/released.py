"""A champion without a training, a gate or a person: registered, recorded and released as ``promote`` leaves one."""

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import champion, ledger
from reviewloop.adapters.release.registration import register_version
from reviewloop.core.release import standing
from reviewloop.core.release.events import Draft, program

WHO, WHEN = "ada", "2026-01-05T10:00:00+00:00"


def crown(version: str) -> str:
    """Let a registered version answer; returns it."""
    source = registry.get_version(version).source
    digest, replaces = artifacts.open_artifact(source).digest, standing.champion_version(ledger.read())
    tags = {Tag.APPROVED_BY: WHO, Tag.APPROVED_AT: WHEN, Tag.VERDICT: "passed", Tag.MODEL_DIGEST: digest}
    registry.set_version_tags(version, tags)
    said = {"approved_by": WHO, "approved_at": WHEN, "previous": replaces or None}
    record = s3.write_json(places.release_record(version, "approval=0"), said)
    facts = {"approval": "", "replaces": replaces, "source": source, "record": record}
    ledger.append(lambda _: Draft("promoted", program("test"), version, digest, facts))
    champion.settle()
    return version


def release(model_uri: str, run_id: str, tags: dict[str, str]) -> str:
    """Register a model and let it answer; returns its version."""
    return crown(register_version(model_uri, run_id, tags).version)
