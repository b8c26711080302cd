"""What the ledger knows of every version: enough to make the registry's entry anew.

Every function takes all events, oldest first, as ``adapters.release.ledger.read`` gives them, and asks nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from reviewloop.core.release import standing
from reviewloop.core.release.events import NOBODY, Event

TOLD: Final = ("registered", "adopted", "described")
"""Events that tell of a version; the last kind is of one that was registered before events held its tags."""


@dataclass(frozen=True)
class Registered:
    """A version as it stood in the registry. ``tags`` are ours, under their short names (``job_key``).

    ``is_described``: its tags were kept when it was registered. Without that only what later events say of it is known.
    """

    version: str
    source: str
    digest: str
    run_id: str
    tags: Mapping[str, str]
    is_described: bool
    record: str = ""
    """Lake URI of the record of its newest promotion, which says who approved where no answer in the ledger does."""


def versions(events: standing.Events) -> dict[str, Registered]:
    """Every version that was registered, or released before there was a ledger, by its number, the lowest first."""
    found: dict[str, Registered] = {}
    of_model: dict[tuple[str | None, str | None], str] = {}
    approvals: dict[str, Event] = {}
    released: set[str] = set()
    for event in events:
        version = str(event.version)
        if event.kind in TOLD:
            found[version] = _told(event, found.get(version))
            of_model[found[version].digest, found[version].tags.get("job_key")] = version
        elif event.kind == "approved":
            approvals[event.sha256] = event
        elif event.kind == "judged" and event.facts.get("verdict") == "passed":
            judged = of_model.get((event.digest, event.facts.get("job_key")), "")
            if judged and judged not in released:  # what was released keeps the verdict that it was released with
                found[judged] = _with(found[judged], _verdict(event))
        elif event.kind == "promoted" and version in found:
            approval = approvals.get(str(event.facts.get("approval")))
            promoted = _with(found[version], _approval(approval) if approval else {})
            found[version] = replace(promoted, record=str(event.facts.get("record", "")))
        if event.kind in standing.RELEASES:
            released.add(version)
    return dict(sorted(found.items(), key=lambda pair: int(pair[0])))


def undescribed(events: standing.Events) -> list[str]:
    """Versions of which the ledger does not hold the tags: they were registered by an older release."""
    return [known.version for known in versions(events).values() if not known.is_described]


def _told(event: Event, before: Registered | None) -> Registered:
    facts = event.facts
    tags = dict(before.tags) if before else {}
    tags |= {name: str(facts[name]) for name in ("job_key", "approved_by", "approved_at") if facts.get(name)}
    tags |= {"model_digest": str(event.digest)} if event.digest else {}
    tags |= {"verdict": "passed"} if event.kind == "adopted" else {}
    tags |= facts.get("tags", {})
    return Registered(
        str(event.version), str(facts.get("source", "")), str(event.digest or tags.get("model_digest", "")),
        str(facts.get("run_id", "")), tags, "tags" in facts or bool(before and before.is_described),
    )  # fmt: skip


def _verdict(judged: Event) -> dict[str, str]:
    report = str(judged.facts.get("report_uri", ""))
    return {
        "verdict": "passed", "gates_digest": str(judged.facts.get("gates_digest", "")), "gate_report_uri": report,
        "gate_page_uri": report.removesuffix(".json") + ".html",
    }  # fmt: skip


def _approval(approval: Event) -> dict[str, str]:
    note = str(approval.facts.get("note", ""))
    by = note if approval.by == NOBODY else approval.by.partition(":")[2]
    return {"approved_by": by, "approved_at": str(approval.facts.get("answered_at", ""))}


def _with(known: Registered, tags: Mapping[str, str]) -> Registered:
    return replace(known, tags={**known.tags, **tags})
