"""Trained models in the lake: published whole, found again by the job that made them, fetched, and read anew for a gate.

A pointer ``models/<kind>/jobs/<job key>.json`` is written after the model, once, so that a task that is run again, on this
machine or another, takes the model that is there and does not pay for a second training. A model is known by its digest:
every load computes it from the files, also from those that this machine has kept. Whose it is tells its signature, which is made
here and verified at every load (``signatures``); what it may be made of, ``model_files``.
"""

import logging
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reviewloop.adapters.lake import artifacts, model_files, places, s3, scratch, signatures
from reviewloop.core.digests import file_digest, tree_digest
from reviewloop.errors import PermanentError, Refused
from reviewloop.machine import arithmetic
from reviewloop.models.about import checked_about, forms_of, read_about
from reviewloop.models.kinds.table import KINDS, Form
from reviewloop.models.predictor import Predictor, load_predictor
from reviewloop.models.pyfunc import write_mlmodel
from reviewloop.refs import ModelRef
from reviewloop.settings import settings

log = logging.getLogger(__name__)


def find(kind: str, job_key: str, form: str = "") -> ModelRef | None:
    """The model that this job has made before, if it has: as it was trained, or exported to ``form``."""
    uri = places.model_pointer(kind, job_key, form)
    if not s3.exists(uri):
        return None
    model = ModelRef.model_validate(s3.read_json(uri))
    log.info("%s: job %s has made %s before", kind, job_key[:16], model.uri)
    return model


def publish(
    kind: str,
    folder: Path,
    job_key: str,
    mlflow_run_id: str,
    page_uri: str | None = None,
    warnings: Sequence[str] = (),
    form: str = "",
    cpu: str = "",
    made_by: str = "",
) -> ModelRef:
    """Publish a model folder under ``models/<kind>/`` with an ``MLmodel`` file beside its own, and sign it; idempotent.

    ``cpu`` is what made it (``machine.arithmetic``; default: this one), ``made_by`` the DAG run that did. Of two tries of one job
    that end at once, both return the model of the one that was first. Raises ``Refused`` for a folder that a model must not be, and
    ``ConfigError`` without a key to sign with: both before anything is written.
    """
    signatures.signing_key()
    write_mlmodel(folder, job_key, mlflow_run_id)
    model_files.require_harmless(folder)
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    about = read_about(folder)
    artifact = artifacts.publish(places.models(kind), files, {"about": about, "job_key": job_key, "cpu": cpu or arithmetic()})
    signatures.sign(artifact)
    model = ModelRef(
        kind=kind, uri=artifact.uri, digest=artifact.digest, job_key=job_key, mlflow_run_id=mlflow_run_id,
        page_uri=page_uri, warnings=tuple(warnings), made_by=made_by,
    )  # fmt: skip
    if (pointed := point(model, form)) != model:
        return pointed
    size = sum(path.stat().st_size for path in files.values()) / 1e6
    log.info("%s: published %s, %d files, %.1f MB", kind, model.uri, len(files), size)
    return model


def point(model: ModelRef, form: str = "") -> ModelRef:
    """Let ``model`` be what its job has made in ``form``; returns what the job's pointer names, which another try may have set."""
    try:
        s3.write_json(places.model_pointer(model.kind, model.job_key, form), model.model_dump())
    except PermanentError:
        if (first := find(model.kind, model.job_key, form)) and first.job_key == model.job_key:
            return first
        raise
    return model


def damage(job_key: str) -> str:
    """Why a model that this job has made before cannot be used again, in whatever kind and form; empty where all can be.

    Every file is read from the lake and compared with its digest, whatever this machine has kept; the signature is looked at.
    """
    for kind, forms in KINDS.items():
        for form in ("", *forms):
            if (model := find(kind, job_key, form)) is not None:
                try:
                    open_model(model.uri, model.digest)
                    read_stored(model.uri)
                except PermanentError as error:
                    return str(error)
    return ""


def offer(model: ModelRef, finetune_key: str) -> None:
    """Let other jobs whose weights would be the same find this model; of two that offer one, the first stays."""
    s3.create(places.model_finetuned(model.kind, finetune_key), model.model_dump_json().encode(), "application/json")


def find_offered(kind: str, finetune_key: str) -> ModelRef | None:
    """The model that was offered under this key; None for the empty key."""
    uri = places.model_finetuned(kind, finetune_key)
    return ModelRef.model_validate(s3.read_json(uri)) if finetune_key and s3.exists(uri) else None


def fetch_predictor(uri: str, digest: str | None = None, form: Form | None = None) -> Predictor:
    """The predictor of the model artifact at ``uri``; see ``fetch_model`` and ``load_predictor``."""
    return load_predictor(fetch_model(uri, digest), form)


def fetch_forms(uri: str, digest: str) -> list[Predictor]:
    """The model in every form in which it may answer, the preferred one first."""
    folder = fetch_model(uri, digest)
    return [load_predictor(folder, form) for form in forms_of(checked_about(folder))]


def open_model(uri: str, digest: str | None = None) -> artifacts.Artifact:
    """The artifact of a model that somebody trusted made: looked at by its names, digests and signature, before a file is read.

    Raises ``PermanentError`` like ``artifacts.open_artifact``, and ``Refused`` where no trusted key has signed these very files,
    where some are of no kind that a model is made of, and where others lie among them.
    """
    artifact = open_unsigned(uri, digest)
    signatures.verify(artifact)
    return artifact


def open_unsigned(uri: str, digest: str | None = None) -> artifacts.Artifact:
    """``open_model`` for who is about to sign: all but the signature is looked at."""
    artifact = artifacts.open_artifact(uri, digest)
    model_files.require_names(uri, artifact.files)
    stored = {found.removeprefix(f"{uri}/") for found in s3.list_uris(f"{uri}/")} - {artifacts.MANIFEST}
    if stored != set(artifact.files):
        extra, missing = sorted(stored - set(artifact.files)), sorted(set(artifact.files) - stored)
        told = [f"{', '.join(names)} {what}" for names, what in ((extra, "not named"), (missing, "missing")) if names]
        raise Refused(f"{uri}: holds other files than its manifest names: {'; '.join(told)}; find out who changed it")
    return artifact


def fetch_unsigned(uri: str, folder: Path) -> artifacts.Artifact:
    """The model at ``uri``, every file of it read into the empty ``folder`` and looked at, for who is about to sign."""
    artifact = open_unsigned(uri)
    artifact.download(folder)
    _require_harmless(folder, uri)
    return artifact


def _require_harmless(folder: Path, uri: str) -> None:
    try:
        model_files.require_harmless(folder)
    except Refused as error:
        raise Refused(f"{uri}: {str(error).removeprefix(f'{folder.name}: ')}; nothing of it was loaded") from None


def fetch_model(uri: str, digest: str | None = None) -> Path:
    """The folder of the model artifact at ``uri``, kept in ``settings().work_dir/models/<digest16>``.

    The folder appears by a rename when it is complete, so that two tasks may fetch the same model at once. One that is
    there is read again at every call and fetched anew where its files are not the artifact's. Raises ``PermanentError`` like
    ``open_model``, which has the lake's side of it; give ``digest`` where it is known: the registry's, or a ref's.
    """
    artifact = open_model(uri, digest)
    kept = settings().work_dir / "models"
    folder = kept / artifact.digest[:16]
    if folder.is_dir() and _digest_of(folder) != artifact.digest:
        log.warning("%s: its files are not those of %s any more; fetched anew", folder, uri)
        scratch.discard(folder)
    if not folder.is_dir():
        kept.mkdir(parents=True, exist_ok=True)
        scratch.make_room(kept, settings().model_cache_gb)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=kept))
        try:
            artifact.download(temporary)
            _require_harmless(temporary, uri)
            temporary.rename(folder)
        except OSError:
            if not folder.is_dir():  # another task was not first: the disk is the trouble
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        log.info("fetched %s", uri)
    scratch.mark_used(folder)
    return folder


def _digest_of(folder: Path) -> str:
    """The digest of the files as they lie there; half a gigabyte takes about half a second.

    Empty for a folder with a link in it, or that is one: what lies elsewhere may be others' to change, after this look too.
    """
    paths = list(folder.rglob("*"))
    if any(path.is_symlink() for path in (folder, *paths)):
        return ""
    return tree_digest({path.relative_to(folder).as_posix(): file_digest(path) for path in paths if path.is_file()})


@dataclass(frozen=True)
class StoredForm:
    """``digest`` is of the files as they lie there, not only as the manifest says."""

    digest: str
    size_mb: float
    """Of all files together, in 10^6 bytes."""


def read_stored(uri: str) -> StoredForm:
    """Raises ``PermanentError`` where ``open_model`` does, or a file is not what its manifest says."""
    artifact = open_model(uri)
    with tempfile.TemporaryDirectory() as temporary:
        folder = artifact.download(Path(temporary))  # compares each file with the manifest
        num_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return StoredForm(artifact.digest, num_bytes / 1e6)
