"""What the lake keeps longer than it has to: found, decided on, and deleted where that is asked for.

What goes is written down before it goes, and what became of it behind it. Each thing is looked at again right before: what came to
count meanwhile, and what was written anew, stays.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import claims, places, s3
from reviewloop.adapters.retention import known, lying
from reviewloop.adapters.retention.lying import Lying
from reviewloop.config import load_config
from reviewloop.core.lake.manifests import MANIFEST
from reviewloop.core.retention.plan import TABLES, Decision, Item, decide
from reviewloop.core.retention.records import Deleted, Record
from reviewloop.errors import ReviewloopError

log = logging.getLogger(__name__)
_COUNTS: Final = "it came to count for its day meanwhile"


@dataclass(frozen=True)
class Retained:
    """What lies there and what is to become of it; with a record, what was deleted of it."""

    decisions: tuple[Decision, ...]
    record: Record | None = None
    record_uri: str = ""


def plan() -> tuple[Decision, ...]:
    """What is to become of everything that lies where something may go; nothing is changed.

    Raises where anything cannot be looked up by which something may still be needed.
    """
    return _plan()[0]


def retain(by: str) -> Retained:
    """``plan``, and what is to go goes. ``by`` is who asked for it, as the ledger names people and programs.

    What could not be deleted is ``failed`` in the record, and the rest is done all the same. Raises like ``plan``: then nothing
    went.
    """
    decisions, found = _plan()
    going = [one for one in decisions if one.act == "go"]
    if not going:
        return Retained(decisions)
    at = datetime.now(UTC)
    record = Record(at=at.isoformat(timespec="seconds"), by=by, deleted=tuple(_told(one, "going") for one in going))
    uri = places.retained(f"{at:%Y-%m-%dT%H%M%S.%f}Z.json")
    s3.write_json(uri, record.model_dump())
    record = record.model_copy(update={"deleted": tuple(_delete(one, found[one.item.key]) for one in going)})
    s3.write_json(uri, record.model_dump())
    return Retained(decisions, record, uri)


def _plan() -> tuple[tuple[Decision, ...], Mapping[str, Lying]]:
    found = {one.item.key: one for one in lying.lying()}
    items = [one.item for one in found.values()]
    return tuple(decide(items, known.look_up(items), s3.now(), load_config().retention)), found


def _told(one: Decision, state: str, told: str = "") -> Deleted:
    item = one.item
    return Deleted.model_validate(
        {"kind": item.kind, "key": item.key, "num_objects": item.num_objects, "num_bytes": item.num_bytes, "why": one.why,
         "state": state, "told": " ".join(told.split())}
    )  # fmt: skip


def _delete(one: Decision, seen: Lying) -> Deleted:
    try:
        stays = _remove(one.item, seen)
    except ReviewloopError as error:
        log.warning("%s: not deleted: %s", one.item.key, error)
        return _told(one, "failed", str(error))
    log.info("%s: %s: %s", one.item.key, f"stays: {stays}" if stays else "deleted", one.why)
    return _told(one, "kept" if stays else "gone", stays)


def _remove(item: Item, seen: Lying) -> str:
    """Why it stays after all; empty where it is gone."""
    if item.kind not in TABLES:
        return _left(s3.remove_unchanged(seen.objects))
    if item.name in known.counting(item.kind, item.day):
        return _COUNTS
    manifest = [one for one in seen.objects if one.uri.endswith(f"/{MANIFEST}")]
    told = {one.uri: s3.read_bytes(one.uri) for one in manifest}
    if left := s3.remove_unchanged(manifest):
        return _left(left)
    # Who looks for the batch from here on finds none, and makes it. Who found it before us has looked at what counts before that,
    # and fails to let it count, because that is another writing now: its retry makes it, too.
    if not _renewed(item):
        for uri, data in told.items():
            s3.create(uri, data, "application/json")  # it may count by now, and every file of it is still there
        return _COUNTS
    days.forget(known.tables()[item.kind], item.day, [item.name])
    return _left(s3.remove_unchanged([one for one in seen.objects if one not in manifest]))


def _renewed(item: Item) -> bool:
    """Whether what counts for the day could be written anew, as it stands, and is not this batch."""
    seen = days.standing(TABLES[item.kind], item.day)
    if seen.claim is not None:
        return seen.batch != item.name and claims.update(seen.claim, **seen.claim.note) is not None
    if item.name in known.counting(item.kind, item.day):
        return False
    # Of a day from before there were such objects it is made now, of what Glue says. Where nothing counts yet, none can be.
    note = {"batch": seen.batch, "landed_at": seen.landed_at, "generation": seen.generation}
    return seen.batch is None or claims.take(places.current(seen.table, seen.day), **note) is not None


def _left(objects: list[s3.Stored]) -> str:
    return f"{objects[0].uri} was written meanwhile" if objects else ""
