"""Trained models in the lake: published whole, and found again by the job that made them.

A pointer ``models/<kind>/jobs/<job key>.json`` is written after the model, so that a task that is run again, on this
machine or another, takes the model that is there and does not pay for a second training.
"""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from reviewloop.adapters import s3
from reviewloop.adapters.pyfunc import write_mlmodel
from reviewloop.errors import PermanentError
from reviewloop.refs import ModelKind, ModelRef

log = logging.getLogger(__name__)
ABOUT = "model.json"
"""In every model folder: ``kind``, ``labels`` in the order of the columns, ``max_seq_length`` for a transformer."""


def read_about(folder: Path) -> dict[str, object]:
    """``model.json`` of a model folder. Raises ``PermanentError`` where it is missing."""
    path = folder / ABOUT
    if not path.is_file():
        raise PermanentError(f"{folder.name}: no {ABOUT}; this is not a model folder")
    about: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return about


def _pointer(kind: ModelKind, job_key: str) -> str:
    return s3.lake_uri("models", kind, "jobs", f"{job_key[:16]}.json")


def find(kind: ModelKind, job_key: str) -> ModelRef | None:
    """The model that this job has made before, if it has."""
    uri = _pointer(kind, job_key)
    if not s3.exists(uri):
        return None
    model = ModelRef.model_validate(s3.read_json(uri))
    log.info("%s: job %s has made %s before", kind, job_key[:16], model.uri)
    return model


def publish(
    kind: ModelKind, folder: Path, job_key: str, mlflow_run_id: str, page_uri: str | None = None, warnings: Sequence[str] = ()
) -> ModelRef:
    """Publish a model folder under ``models/<kind>/`` with an ``MLmodel`` file beside its own; idempotent."""
    write_mlmodel(folder, job_key, mlflow_run_id)
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    about = read_about(folder)
    artifact = s3.publish(s3.lake_uri("models", kind), files, {"about": about, "job_key": job_key})
    model = ModelRef(
        kind=kind, uri=artifact.uri, digest=artifact.digest, job_key=job_key, mlflow_run_id=mlflow_run_id,
        page_uri=page_uri, warnings=tuple(warnings),
    )  # fmt: skip
    s3.write_json(_pointer(kind, job_key), model.model_dump())
    size = sum(path.stat().st_size for path in files.values()) / 1e6
    log.info("%s: published %s, %d files, %.1f MB", kind, model.uri, len(files), size)
    return model
