"""The cards of the versions that matter: each is written anew once something was recorded of its version."""

import json
import logging
from typing import Any

from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.card_facts import card_facts, lock_of, newest_card
from reviewloop.core.card.bom import bom
from reviewloop.core.card.standing import told_of
from reviewloop.core.release import standing
from reviewloop.errors import PermanentError, Refused
from reviewloop.pages.links import Links, siblings
from reviewloop.pages.release.card import card_markdown, card_page
from reviewloop.refs import CardsRef

log = logging.getLogger(__name__)

NAMES = ("card.json", "card.md", "card.html", "bom.cdx.json")


def renew_cards() -> CardsRef:
    """Write the card of every version that was released or waits, where it is missing or older than what the ledger tells.

    A version that the registry does not hold any more keeps the card that it has. One whose card cannot be made is a warning: it
    takes no other version's card with it, and no release.
    """
    events = ledger.read()
    written: list[str] = []
    warnings: list[str] = []
    for info in registry.versions():
        waits = int(info.version) > int(standing.champion_version(events) or 0)
        if (waits or standing.release_of(events, info.version)) and _why_stale(events, info):
            try:
                written.append(write_card(info.version))
            except PermanentError as error:
                log.error("version %s has no card as it must be: %s", info.version, error)
                warnings.append(f"version {info.version} has no card as it must be: {error}")
    page_uri = f"{written[0]}/card.html" if written else None
    return CardsRef(uris=tuple(written), page_uri=page_uri, warnings=tuple(warnings))


def write_card(version: str) -> str:
    """Write a version's card as it must be now, in JSON, Markdown and as a page, and its bill of materials; returns their folder's
    URI. Idempotent."""
    facts = card_facts(version)
    uri = artifacts.publish(places.cards(version), _files(facts), {}, _folder(facts) + "={digest}").uri
    log.info("card of version %s, as of event %d: %s", version, facts["as_of"]["event"], uri)
    return uri


def verify_card(version: str) -> str:
    """The URI of the version's card, where it is what it must be now.

    Raises ``Refused`` where there is none, where something was recorded of the version after it, where its files are not those of
    its manifest, and where they are not what the records give: it was changed, or made by other words or another reviewloop.
    """
    remedy = f"`python -m reviewloop card {version}` makes it anew"
    uri = newest_card(version)
    if uri is None:
        raise Refused(f"version {version} has no card; {remedy}")
    if stale := _why_stale(ledger.read(), registry.get_version(version)):
        raise Refused(f"the card of version {version} ({uri}) is stale: {stale}; {remedy}")
    artifact = artifacts.open_artifact(uri)
    for name, data in _files(card_facts(version)).items():
        if artifact.read(name) != data:
            raise Refused(f"{uri}/{name}: is not what the records give: it was changed, or made by another reviewloop; {remedy}")
    return uri


def _why_stale(events: standing.Events, info: registry.VersionInfo) -> str:
    """In words; empty where the newest card knows of all that was recorded."""
    uri = newest_card(info.version)
    try:
        digest = info.tags.get(Tag.MODEL_DIGEST) or artifacts.open_artifact(info.source).digest
    except PermanentError as error:
        log.warning("version %s keeps the card that it has: %s", info.version, error)
        return ""
    told = told_of(events, info.version, digest)
    if not told:
        return ""
    known = int(uri.rpartition("/")[2].split("=")[1]) if uri else 0
    later = next((event for event in told if event.number > known), None)
    if uri is None:
        return "there is none"
    return f"event {later.number} ({later.kind}) of the ledger came after it" if later else ""


def _folder(facts: dict[str, Any]) -> str:
    return f"event={facts['as_of']['event']:08d}"


def _files(facts: dict[str, Any]) -> dict[str, bytes]:
    pages = {"the gates' report": facts["report"]["uri"].replace("report.json", "report.html")} if facts["report"] else {}
    links = Links(3, job=str(facts["lineage"].get("job_key", "")), siblings=siblings(pages) if pages else {}, dag_run="")
    made = (
        json.dumps(facts, indent=2, sort_keys=True, allow_nan=False),
        card_markdown(facts),
        card_page(facts, links),
        bom(facts, lock_of(facts)),
    )
    return {name: text.encode() for name, text in zip(NAMES, made, strict=True)}
