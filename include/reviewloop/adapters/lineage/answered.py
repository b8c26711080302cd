"""A prediction as the lake keeps it: a row of a scored day, or the rows of a captured request."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reviewloop.adapters.captures.collection import ROWS
from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import artifacts, claims, places, s3
from reviewloop.core.lake.manifests import MANIFEST
from reviewloop.errors import PermanentError

_PREDICTIONS: Final = "predictions.parquet"
_OF_REQUEST: Final = (
    "request_id", "review_index", "received_at", "generation", "rollout", "stage", "arm", "version", "digest", "sentiment", "error",
    "shadow_version", "shadow_digest", "shadow_sentiment", "review_id", "review_day",
)  # fmt: skip


@dataclass(frozen=True)
class Scored:
    """A review's row of the batch at ``uri``, what the batch's manifest tells (``meta``), and whether it counts today."""

    uri: str
    row: Mapping[str, Any]
    meta: Mapping[str, Any]
    counts: bool


def scored(day: str, review_id: int) -> list[Scored]:
    """Every prediction of the review that lies in the lake, that which counts first. Raises ``PermanentError`` for none."""
    root = f"{places.predictions(day)}/"
    uris = [uri.removesuffix(f"/{MANIFEST}") for uri in s3.list_uris(root) if uri.endswith(f"/{MANIFEST}")]
    current = _current(days.predictions_table().name, day)
    found = []
    for uri in uris:
        artifact = artifacts.open_artifact(uri)
        rows = _rows(artifact, _PREDICTIONS, None, "review_id", review_id)
        found += [Scored(uri, row, artifact.meta, uri.endswith(f"/batch={current}")) for row in rows]
    if not found:
        raise PermanentError(
            f"trace: no prediction of review {review_id} of {day} lies in {root} ({len(uris)} batches were looked at)"
        )
    return sorted(found, key=lambda one: not one.counts)


def captured(request_id: str, day: str = "") -> tuple[str, list[Mapping[str, Any]]]:
    """The partition (its URI) that holds the request, and its rows; of all days, the newest first, where none is named.

    Raises ``PermanentError`` where no kept day has it.
    """
    table = days.captures_table().name
    known = [day] if day else sorted(_captured_days(), reverse=True)
    for one in known:
        batch = _current(table, one)
        uri = f"{places.captures(one)}/batch={batch}"
        if not batch:
            continue
        if rows := _rows(artifacts.open_artifact(uri), ROWS, list(_OF_REQUEST), "request_id", request_id):
            return uri, rows
    raise PermanentError(
        f"trace: no captured request {request_id!r} on {day or f'{len(known)} kept days'}: captures are kept for "
        "captures.retention_days, and `python -m reviewloop collect_captures` brings in what the endpoint has answered since"
    )


def _current(table: str, day: str) -> str:
    """The batch that counts, by the lake's own word; empty where it says nothing."""
    claim = claims.read(places.current(table, day))
    return str(claim.note["batch"]) if claim else ""


def _captured_days() -> set[str]:
    root = places.captures("")
    return {name.removeprefix("day=") for name in s3.list_folders(root.removesuffix("day="))}


def _rows(artifact: artifacts.Artifact, name: str, columns: list[str] | None, key: str, value: object) -> list[Mapping[str, Any]]:
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        found: list[Mapping[str, Any]] = pq.read_table(
            artifact.fetch(name, Path(folder)), columns=columns, filters=[(key, "==", value)]
        ).to_pylist()
    return found
