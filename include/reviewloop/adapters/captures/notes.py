"""What a day's partition was made of, noted beside it: what is new since then need not be looked for in every object."""

import logging
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Final

from reviewloop.adapters.lake import claims, places, s3
from reviewloop.adapters.lake.claims import Claim
from reviewloop.core.captures.gaps import Completeness, Span, over
from reviewloop.core.captures.rows import COLUMNS
from reviewloop.refs import CollectedRef

log = logging.getLogger(__name__)

_AT_ONCE: Final = 16
"""Notes that are read at once."""
_COLUMNS: Final = [f"{name} {kind}" for name, kind in COLUMNS.items()]
"""A partition that other code made, with other columns, is made anew."""


@dataclass(frozen=True)
class Note:
    """The partition ``ref`` holds all records of ``objects`` (URI -> ETag), with these ``erasures`` done."""

    ref: CollectedRef
    places: tuple[Span, ...]
    """The numbers of its spools."""
    objects: Mapping[str, str]
    erasures: frozenset[str]


def read(day: str, batch: str | None) -> Note | None:
    """The note on the day, where it is one on this ``batch``; else what is known is unknown, and all must be read."""
    found = claims.read(places.captures_collected(day))
    if found is None or found.note.get("columns") != _COLUMNS:
        return None
    note = _parsed(found)
    return note if note and note.ref.batch == batch else None


def spools(days: Collection[str], since: str = "") -> list[Completeness]:
    """Of each spool that these days have records of: what is kept, dropped and lost of it on all days, or from ``since`` on.

    A request that was under way at the midnight before ``since`` may be told as lost.
    """
    first = places.captures_collected(since) if since else ""
    uris = [uri for uri in s3.list_uris(places.captures_collected()) if uri >= first]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = [note for claim in pool.map(claims.read, uris) if claim is not None and (note := _parsed(claim)) is not None]
    spans = [(note.ref.day, span) for note in found for span in note.places]
    meant = {span.spool for day, span in spans if day in days}
    return over(span for _, span in spans if span.spool in meant)


def write(note: Note) -> None:
    """Keep it. Of two at once the last stays: it is believed only of its own batch, and a lack of objects costs a reading."""
    body = {
        "ref": note.ref.model_dump(mode="json"),
        "places": [asdict(span) for span in note.places],
        "objects": dict(note.objects),
        "erasures": sorted(note.erasures),
        "columns": _COLUMNS,
    }
    s3.write_json(places.captures_collected(note.ref.day), body)


def after(listed: Mapping[str, str], rewritten: Collection[str], again: Mapping[str, str]) -> dict[str, str]:
    """The objects as they were read, those that were rewritten while they were with the ETag that they have now."""
    return {uri: again.get(uri, etag) if uri in rewritten else etag for uri, etag in listed.items()}


def _parsed(claim: Claim) -> Note | None:
    """None for one that other code has written in another form."""
    try:
        spans = tuple(Span(**span) for span in claim.note["places"])
        return Note(CollectedRef(**claim.note["ref"]), spans, dict(claim.note["objects"]), frozenset(claim.note["erasures"]))
    except (KeyError, TypeError, ValueError):
        log.info("%s: is of another version; its day is read anew", claim.uri)
        return None
