"""Of which curated batches each snapshot was made, of very many snapshots in a second.

Every manifest says it of its own snapshot. Who has asked many of them leaves what they said in one object, written once; it is
derived and can be deleted, and says no more than the manifests said.
"""

import gzip
import json
import logging
import zlib
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.core.digests import bytes_digest
from reviewloop.errors import PermanentError, ReviewloopError

log = logging.getLogger(__name__)

MANY: Final = 200
"""Manifests that are asked one by one again and again, before what they say is kept."""
_AT_ONCE: Final = 32

Batches = Mapping[str, str]
"""Day -> batch."""


def with_any(wanted: Iterable[tuple[str, str]], uris: Collection[str]) -> list[str]:
    """Of these snapshots, sorted, those that hold one of the curated batches (day, batch); one that cannot be read holds none."""
    days = list(wanted)
    told = _kept()
    lacking = sorted(set(uris) - set(told))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {uri: found for uri, found in zip(lacking, pool.map(_manifest, lacking), strict=True) if found is not None}
    if len(asked) >= MANY:
        _keep(asked)
    told |= asked
    return [uri for uri in sorted(uris) if any(told.get(uri, {}).get(day) == batch for day, batch in days)]


def _manifest(uri: str) -> Batches | None:
    try:
        found: Batches = artifacts.open_artifact(uri).meta.get("batches") or {}
    except PermanentError:
        return None
    return found


def _kept() -> dict[str, Batches]:
    told: dict[str, Batches] = {}
    for uri in s3.list_uris(places.snapshot_batches()):
        try:
            told |= {
                str(name): dict(batches) for name, batches in map(json.loads, gzip.decompress(s3.read_bytes(uri)).splitlines())
            }
        except (OSError, EOFError, zlib.error, ValueError, TypeError):
            log.warning("%s is not as it was written, and is not believed; delete it", uri)
    return told


def _keep(told: Mapping[str, Batches]) -> None:
    """Who may not write here leaves it to somebody else."""
    data = gzip.compress("\n".join(json.dumps([uri, told[uri]], sort_keys=True) for uri in sorted(told)).encode(), mtime=0)
    try:
        s3.create(places.snapshot_batches(f"{bytes_digest(data)[:16]}.jsonl.gz"), data, "application/gzip")
    except ReviewloopError as error:
        log.info("what the manifests of snapshots said is not kept: %s", error)
