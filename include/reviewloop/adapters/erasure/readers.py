"""Which models have read a review: no erasure takes words out of weights, so whoever asks is told."""

import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.adapters.release import segments
from reviewloop.config import load_config
from reviewloop.core.dataset.splits import PARTS, Part, part_of
from reviewloop.core.release.events import Event
from reviewloop.errors import PermanentError


@dataclass(frozen=True)
class Readers:
    """Versions that were trained on the review, and versions that were judged on it; the snapshots (URIs) that hold its words, and
    the sealed parts of them that do.

    ``unknown`` are models of which the ledger does not tell on what they were trained, or whose snapshot cannot be read.
    """

    trained: tuple[str, ...]
    judged: tuple[str, ...]
    snapshots: tuple[str, ...]
    sealed: tuple[str, ...]
    unknown: tuple[str, ...]


def readers(day: str, review_id: int, text_digests: Collection[str]) -> Readers:
    """Of every model that the ledger knows, and of every snapshot in the lake, also those that no model has read (yet). A refused
    model has no version, and is named by its job (``job <16 hex digits>``).

    Nobody opens a sealed part for that: the text tells whether it is of the test part, and the day whether it may be of the part of
    the last days. Without ``text_digests`` (the words are erased already) every model whose exam may have held the review is among
    ``judged``.
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
    for name in s3.list_folders(f"{places.features()}/"):
        by_snapshot.setdefault(f"{places.features()}/{name}", set())
    parts = _parts_of(text_digests)
    trained: set[str] = set()
    judged: set[str] = set()
    snapshots: set[str] = set()
    sealed: set[str] = set()
    for uri, models in by_snapshot.items():
        try:
            snapshot = artifacts.open_artifact(uri)
            holds = _holds(snapshot, day, review_id)
        except PermanentError:
            unknown |= models
            continue
        if holds is None:
            continue
        exams = () if holds else _exams(snapshot, day, parts)
        trained |= models if holds else set()
        judged |= models if exams else set()
        snapshots |= {uri} if holds or exams else set()
        sealed |= {f"{places.sealed_tests()}/{digest[:16]}" for digest in exams if digest}
    return Readers(*(tuple(sorted(one, key=_order)) for one in (trained, judged, snapshots, sealed, unknown)))


def _parts_of(text_digests: Collection[str]) -> set[Part]:
    """Of the split by text, the parts that the review may be in; all of them where no text is known any more."""
    split = load_config().features.split
    return {part_of(digest, split.validation, split.test) for digest in text_digests} or set(PARTS)


def _told(event: Event) -> Mapping[str, Any]:
    found = event.facts.get("lineage") or event.facts.get("tags")
    return found if isinstance(found, Mapping) else {}


def _holds(snapshot: artifacts.Artifact, day: str, review_id: int) -> bool | None:
    """Whether train or validation hold the review; None where the snapshot is not of its day."""
    import pyarrow.parquet as pq

    if day not in (snapshot.meta.get("batches") or {}):
        return None
    parts: Iterator[io.BytesIO] = (io.BytesIO(snapshot.read(f"{part}.parquet")) for part in ("train", "validation"))
    wanted = [("review_id", "==", review_id), ("day", "==", day)]
    return any(pq.read_table(part, columns=["review_id"], filters=wanted).num_rows for part in parts)


def _exams(snapshot: artifacts.Artifact, day: str, parts: Collection[Part]) -> tuple[str, ...]:
    """The digests of the snapshot's sealed parts that may hold a review of this day, whose text is of one of ``parts``; empty
    where the snapshot tells no digest."""
    meta = snapshot.meta
    found = [str(meta.get("sealed_digest") or "")] if "test" in parts else []
    is_last = day >= str(meta.get("future_from") or "9999-12-31")  # without such a part no day is one of its
    return (*found, str(meta.get("future_digest") or "")) if is_last and set(parts) != {"test"} else tuple(found)


def _order(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() else (0, name)
