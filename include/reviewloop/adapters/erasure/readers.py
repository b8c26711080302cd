"""Which models have read a review: no erasure takes words out of weights, so whoever asks is told."""

import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reviewloop.adapters.lake import artifacts
from reviewloop.adapters.release import segments
from reviewloop.config import load_config
from reviewloop.core.dataset.splits import part_of
from reviewloop.core.release.events import Event
from reviewloop.errors import PermanentError


@dataclass(frozen=True)
class Readers:
    """Versions that were trained on the review, and versions that were judged on it; the snapshots (URIs) that hold its words.

    ``unknown`` are models of which the ledger does not tell on what they were trained, or whose snapshot cannot be read.
    """

    trained: tuple[str, ...]
    judged: tuple[str, ...]
    snapshots: tuple[str, ...]
    unknown: tuple[str, ...]


def readers(day: str, review_id: int, text_digests: Collection[str]) -> Readers:
    """Of every model that the ledger knows. A refused one has no version, and is named by its job (``job <16 hex digits>``).

    Without ``text_digests`` (the words are erased already) every model whose exam may have held the review is among ``judged``.
    """
    lines = segments.read()
    names = {
        (str(event.facts.get("job_key")), event.digest): str(event.version) for event in lines.of_kinds("registered", "adopted")
    }
    by_snapshot: dict[str, set[str]] = {}
    unknown = set(names.values())
    for event in lines.of_kinds("judged", "registered", "described"):
        job_key = str(event.facts.get("job_key"))
        name = names.get((job_key, event.digest)) or f"job {job_key[:16]}"
        uri = str(_told(event).get("features_uri") or "")
        if uri:
            by_snapshot.setdefault(uri, set()).add(name)
            unknown.discard(name)
    split = load_config().features.split
    is_sealed = not text_digests or any(part_of(digest, split.validation, split.test) == "test" for digest in text_digests)
    trained: set[str] = set()
    judged: set[str] = set()
    snapshots: set[str] = set()
    for uri, models in by_snapshot.items():
        try:
            holds = _holds(uri, day, review_id)
        except PermanentError:
            unknown |= models
            continue
        if holds is None:
            continue
        may_judge = is_sealed or day >= _future_from(uri)
        trained |= models if holds else set()
        judged |= models if not holds and may_judge else set()
        snapshots |= {uri} if holds or may_judge else set()
    return Readers(*(tuple(sorted(one, key=_order)) for one in (trained, judged, snapshots, unknown)))


def _told(event: Event) -> Mapping[str, Any]:
    found = event.facts.get("lineage") or event.facts.get("tags")
    return found if isinstance(found, Mapping) else {}


def _holds(uri: str, day: str, review_id: int) -> bool | None:
    """Whether train or validation hold the review; None where the snapshot is not of its day."""
    import pyarrow.parquet as pq

    artifact = artifacts.open_artifact(uri)
    if day not in (artifact.meta.get("batches") or {}):
        return None
    parts: Iterator[io.BytesIO] = (io.BytesIO(artifact.read(f"{part}.parquet")) for part in ("train", "validation"))
    wanted = [("review_id", "==", review_id), ("day", "==", day)]
    return any(pq.read_table(part, columns=["review_id"], filters=wanted).num_rows for part in parts)


def _future_from(uri: str) -> str:
    """The day that the snapshot's sealed future part begins with; behind all days where it has none."""
    return str(artifacts.open_artifact(uri).meta.get("future_from") or "9999-12-31")


def _order(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() else (0, name)
