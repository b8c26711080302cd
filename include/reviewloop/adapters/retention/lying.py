"""What lies in the lake where something may be superseded, as a listing shows it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.lake.s3 import Stored
from reviewloop.core.lake.manifests import MANIFEST
from reviewloop.core.retention.plan import PLACES, TABLES, Item, Kind


@dataclass(frozen=True)
class Lying:
    """An item, and its objects as they were when they were listed."""

    item: Item
    objects: tuple[Stored, ...]


def _folder(rest: str) -> str:
    """``day=2026-01-02/batch=ab/`` of whatever lies in there."""
    parts = rest.split("/")
    return "/".join(parts[:2]) + "/" if len(parts) > 2 else ""


def _pieces(rest: str) -> str:
    """``day=2026-01-02/batch=ab/model=cd/`` of whatever lies in there."""
    parts = rest.split("/")
    return "/".join(parts[:3]) + "/" if len(parts) > 3 else ""


def _answer(rest: str) -> str:
    """The object itself; what Athena unloaded has files without names of their own."""
    parts = rest.split("/")
    return "/".join(parts[:2]) + "/" if parts[0] == "unload" and len(parts) > 2 else rest


_CUT: Final[Mapping[Kind, Callable[[str], str]]] = {
    "reviews": _folder, "predictions": _folder, "metrics": _folder, "parsed": _folder, "chunks": _pieces, "results": _answer,
}  # fmt: skip
"""Where an item ends in what follows its place; empty for what is none of ours, which stays."""


def lying() -> list[Lying]:
    """Every item of every place; one listing a place."""
    return [one for kind in PLACES for one in of_kind(kind)]


def of_kind(kind: Kind) -> Iterator[Lying]:
    """Those of one kind, in the order of their keys."""
    root = places.of_key(PLACES[kind])
    found: dict[str, list[Stored]] = {}
    for stored in s3.list_objects(root):
        if item := _CUT[kind](stored.uri.removeprefix(root)):
            found.setdefault(f"{PLACES[kind]}{item}", []).append(stored)
    return (_lying(kind, key, objects) for key, objects in found.items())


def _lying(kind: Kind, key: str, objects: list[Stored]) -> Lying:
    day = key.partition("day=")[2].partition("/")[0]
    has_manifest = any(one.uri.rpartition("/")[2] == MANIFEST for one in objects)
    item = Item(
        kind, key, day, max(one.modified for one in objects), len(objects), sum(one.num_bytes for one in objects),
        is_whole=has_manifest or not (kind in TABLES or kind == "parsed"),
    )  # fmt: skip
    return Lying(item, tuple(objects))
