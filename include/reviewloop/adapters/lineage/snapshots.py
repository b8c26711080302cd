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


def with_any(wanted: Iterable[tuple[str, str]], uris: Collection[str]) -> list[str]:
    """Of these snapshots, sorted, those that hold one of the curated batches (day, batch); one that cannot be read holds none."""
    words = [_line({day: batch})[1:-1] for day, batch in wanted]
    told = _kept()
    lacking = sorted(set(uris) - set(told))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {uri: line for uri, line in zip(lacking, pool.map(_manifest, lacking), strict=True) if line}
    if len(asked) >= MANY:
        _keep(asked)
    told |= asked
    return [uri for uri in sorted(uris) if any(word in told.get(uri, b"") for word in words)]


def _manifest(uri: str) -> bytes:
    """The batches as a line has them; empty where no manifest can be read."""
    try:
        return _line(artifacts.open_artifact(uri).meta.get("batches") or {})
    except PermanentError:
        return b""


def _line(batches: Mapping[str, str]) -> bytes:
    """Day -> batch as JSON that is searched and not decoded: of ten thousand snapshots that is the difference of a second."""
    return json.dumps(batches, sort_keys=True).encode()


def _kept() -> dict[str, bytes]:
    told: dict[str, bytes] = {}
    for stored in s3.list_uris(places.snapshot_batches()):
        try:
            lines = gzip.decompress(s3.read_bytes(stored)).splitlines()
        except (OSError, EOFError, zlib.error):
            lines = [b""]
        for line in lines:
            uri, tab, batches = line.partition(b"\t")
            if not tab:
                log.warning("%s is not as it was written, and is not believed; delete it", stored)
                break
            told[uri.decode()] = batches
    return told


def _keep(told: Mapping[str, bytes]) -> None:
    """Who may not write here leaves it to somebody else."""
    data = gzip.compress(b"\n".join(uri.encode() + b"\t" + told[uri] for uri in sorted(told)), mtime=0)
    try:
        s3.create(places.snapshot_batches(f"{bytes_digest(data)[:16]}.tsv.gz"), data, "application/gzip")
    except ReviewloopError as error:
        log.info("what the manifests of snapshots said is not kept: %s", error)
