"""From a training snapshot back to the deliveries that it is made of, and from data forward to the models that have read them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from reviewloop.adapters.lake import artifacts, places, s3
from reviewloop.core.lake.manifests import HUMAN_LABELS, MANIFEST
from reviewloop.core.lineage.links import Link, gone
from reviewloop.errors import PermanentError

ORIGIN: Final = "_origin.json"
_AT_ONCE: Final = 32
_SHOWN: Final = 3
"""Days at either end of a snapshot whose deliveries are named."""


def snapshot(uri: str, digest: str) -> Iterator[Link]:
    """The snapshot, the curated batches of its days and the delivery of each; what is not there any more is named."""
    try:
        found = artifacts.open_artifact(uri, digest or None)
    except PermanentError as error:
        yield gone("data", f"the snapshot {digest[:16]} cannot be read: {error}", uri)
        return
    batches: Mapping[str, str] = found.meta.get("batches") or {}
    if not batches:
        yield gone("data", f"the snapshot {digest[:16]} does not tell of which curated days it was made", uri)
        return
    days = sorted(batches)
    rows = ", ".join(f"{found.meta[name]} {name.removeprefix('num_')}" for name in ("num_train", "num_test") if name in found.meta)
    told = f"snapshot {found.digest[:16]} of {len(days)} curated days, {days[0]} to {days[-1]}{f' ({rows})' if rows else ''}"
    yield Link("data", told, uri)
    if HUMAN_LABELS in found.files:
        yield _labels(found)
    yield from _deliveries(batches)


def _labels(found: artifacts.Artifact) -> Link:
    """Who labelled what a model learnt from."""
    try:
        texts = json.loads(found.read(HUMAN_LABELS))
    except PermanentError as error:
        return gone("labels", f"the labels that people gave cannot be read: {error}", found.uri)
    said = [one for text in texts for one in text["answers"]]
    people = ", ".join(f"{name} ({num})" for name, num in sorted(Counter(one["by"] for one in said).items()))
    at = sorted(one["answered_at"] for one in said)
    guidelines, events = sorted({one["guideline"] for one in said}), sorted({one["event"] for one in said})
    return Link(
        "labels",
        f"{len(texts)} texts labelled by {people}, {at[0]} to {at[-1]}, by guideline {', '.join(guidelines)} (events "
        f"{', '.join(map(str, events))})",
        f"{found.uri}/{HUMAN_LABELS}",
    )


def _deliveries(batches: Mapping[str, str]) -> Iterator[Link]:
    days = sorted(batches)
    origins = dict(zip(days, _parallel(lambda day: origin(places.curated_batch(day, batches[day])), days), strict=True))
    landed = {uri.removesuffix(f"/{MANIFEST}") for uri in s3.list_uris(places.raw("")) if uri.endswith(f"/{MANIFEST}")}
    for at, day in enumerate(days):
        delivery = origins[day]
        if delivery is None:
            where = places.curated_batch(day, batches[day])
            yield gone("curated", f"{day}: batch {batches[day]} is gone, or does not tell where it came from", where)
        elif f"{places.raw(day)}/{delivery}" not in landed:
            yield gone("delivery", f"{day}: delivery {delivery}, of batch {batches[day]}, is gone", f"{places.raw(day)}/{delivery}")
        elif at < _SHOWN or at >= len(days) - _SHOWN:
            yield Link("delivery", f"{day}: delivery {delivery}, curated as batch {batches[day]}", f"{places.raw(day)}/{delivery}")
        elif at == _SHOWN:
            yield Link("delivery", f"{days[at]} to {days[-_SHOWN - 1]}: {len(days) - 2 * _SHOWN} more, each there")


def origin(curated_uri: str) -> str | None:
    """The delivery (its folder's name, 16 hex digits) of which a curated batch was made; None where nothing tells."""
    try:
        found = json.loads(s3.read_bytes(f"{curated_uri}/{ORIGIN}"))
        return str(found["delivery"])
    except (PermanentError, ValueError, KeyError, TypeError):
        return None


def batches_of(digest: str) -> list[tuple[str, str]]:
    """Day and batch of every curated batch whose digest begins so, or that was made of a delivery whose digest does."""
    wanted = digest[:16]
    found: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for uri in s3.list_uris(places.curated("")):
        if not uri.endswith(f"/{ORIGIN}"):
            continue
        day, _, batch = uri.removeprefix(places.curated("")).removesuffix(f"/{ORIGIN}").partition("/batch=")
        (found if batch.startswith(wanted) else others).append((day, batch))
    deliveries = _parallel(lambda one: origin(places.curated_batch(*one)), others)
    return sorted(found + [one for one, told in zip(others, deliveries, strict=True) if told and told.startswith(wanted)])


def scored_days(version: str, digest: str) -> list[str]:
    """Days of which predictions by this model lie in the lake, also those that others took the place of since."""
    root = places.predictions("")
    uris = [uri.removesuffix(f"/{MANIFEST}") for uri in s3.list_uris(root) if uri.endswith(f"/{MANIFEST}")]
    metas = _parallel(_meta, uris)
    return sorted(
        {uri.removeprefix(root).partition("/")[0] for uri, meta in zip(uris, metas, strict=True) if _is_by(meta, version, digest)}
    )


def _is_by(meta: Mapping[str, Any], version: str, digest: str) -> bool:
    """A version's number may be another model's in a registry that began anew; a digest may not. Older scorings have none."""
    return bool(meta.get("model_digest", digest if meta.get("model_version") == version else "") == digest)


def _meta(uri: str) -> Mapping[str, Any]:
    try:
        return artifacts.open_artifact(uri).meta
    except PermanentError:
        return {}


def _parallel(ask: Any, of: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(ask, of))
