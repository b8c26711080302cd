"""Artifacts: sets of files that are whole or not there.

An artifact is a set of files under a prefix named by their digest, its ``_manifest.json`` written last. A manifest that
exists therefore means the artifact is whole; a rerun of the same work finds it and writes nothing. The underscore hides
the manifest from Athena. Nothing that a manifest says is believed: see ``core.lake.manifests`` and ``open_artifact``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewloop.adapters.lake import s3
from reviewloop.core.digests import bytes_digest, file_digest, tree_digest
from reviewloop.core.lake.manifests import MANIFEST as MANIFEST
from reviewloop.core.lake.manifests import check_names, is_named_by, parse_manifest
from reviewloop.errors import PermanentError


@dataclass(frozen=True)
class Artifact:
    """A whole artifact: where it lies, its digest, the digest of each file, and what its writer noted in ``meta``."""

    uri: str
    digest: str
    files: Mapping[str, str]
    meta: Mapping[str, Any]

    def read(self, name: str) -> bytes:
        """The bytes of one file. Raises ``PermanentError`` when they are not what the manifest says."""
        if name not in self.files:
            raise PermanentError(f"{self.uri}: no file {name!r}; it holds {', '.join(sorted(self.files))}")
        data = s3.read_bytes(f"{self.uri}/{name}")
        if bytes_digest(data) != self.files[name]:
            raise PermanentError(f"{self.uri}/{name}: its bytes do not match the manifest; the object was changed or damaged")
        return data

    def fetch(self, name: str, folder: Path, etag: str | None = None) -> Path:
        """One file into ``folder``, as a stream; returns its path. Raises ``PermanentError`` like ``read``.

        With ``etag`` only in that version: raises ``TransientError`` where another took its place.
        """
        if name not in self.files:
            raise PermanentError(f"{self.uri}: no file {name!r}; it holds {', '.join(sorted(self.files))}")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if s3.download(f"{self.uri}/{name}", path, etag) != self.files[name]:
            raise PermanentError(f"{self.uri}/{name}: its bytes do not match the manifest; the object was changed or damaged")
        return path

    def copied(self, name: str, folder: Path) -> "Copied":
        """``fetch`` of a file that another artifact is to have too, as it is. Raises what ``fetch`` does."""
        uri = f"{self.uri}/{name}"
        etag = s3.etag_of(uri)
        path = self.fetch(name, folder, etag)
        return Copied(uri, etag, path, self.files[name])

    def download(self, folder: Path) -> Path:
        """All files into ``folder`` (made if missing); returns ``folder``."""
        for name in self.files:
            self.fetch(name, folder)
        return folder


@dataclass(frozen=True)
class Copied:
    """A file that lies in the lake already, as the object ``uri`` in the version ``etag``: the store copies it by itself.

    ``path`` has its bytes, and ``digest`` is theirs: who publishes it has read it.
    """

    uri: str
    etag: str
    path: Path
    digest: str


Content = bytes | Path | Copied


def open_artifact(uri: str, digest: str | None = None) -> Artifact:
    """The artifact at ``uri``, whose folder is named by its digest; with ``digest``, that very one.

    Raises ``PermanentError`` where no manifest says that it is whole, where the manifest is not true of itself
    (``parse_manifest``), and where it is not that of this folder or digest: somebody has put another artifact there.
    """
    artifact = open_named(uri)
    wanted = digest or uri.rstrip("/").rpartition("/")[2]
    if not is_named_by(uri.rstrip("/").rpartition("/")[2], artifact.digest) or digest not in {None, artifact.digest}:
        raise PermanentError(
            f"{uri}: holds another artifact (digest {artifact.digest[:16]}) than the one of this name and digest ({wanted[:22]}); "
            "its files and manifest were replaced"
        )
    return artifact


def open_named(uri: str) -> Artifact:
    """Like ``open_artifact``, for a folder that has another name than its digest: nothing tells whether it was replaced."""
    manifest = parse_manifest(f"{uri}/{MANIFEST}", s3.read_bytes(f"{uri}/{MANIFEST}"))
    return Artifact(uri=uri, digest=manifest.digest, files=manifest.files, meta=manifest.meta)


def require_whole(artifact: Artifact) -> None:
    """Raises ``PermanentError`` where a file is gone, or its bytes are not those that the manifest names. Every byte is read."""
    for name in artifact.files:
        artifact.read(name)


def mend(uri: str, files: Mapping[str, bytes]) -> None:
    """Write each of ``files`` anew that is not what the manifest at ``uri`` says it is: a computation that was made again, of
    what was found damaged.

    Only bytes that the manifest names are written; others are left out. What lies where nothing is written twice stays as it is:
    ``PermanentError``, and somebody has to find out who changed it.
    """
    artifact = open_artifact(uri)
    for name in sorted(set(files) & set(artifact.files)):
        try:
            artifact.read(name)
        except PermanentError:
            if bytes_digest(files[name]) == artifact.files[name]:
                s3.write_bytes(f"{uri}/{name}", files[name], _content_type(name))


def same(uri: str, digest: str | None) -> Artifact:
    """``open_named``, and it must be the one of this digest: raises ``PermanentError`` where it was replaced."""
    artifact = open_named(uri)
    if artifact.digest != digest:
        raise PermanentError(
            f"{uri}: holds another artifact (digest {artifact.digest[:16]}) than {str(digest)[:16]}: it was replaced"
        )
    return artifact


def publish(
    parent_uri: str, files: Mapping[str, Content], meta: Mapping[str, Any] | None = None, folder: str = "{digest}"
) -> Artifact:
    """Write ``files`` under ``parent_uri/folder`` and their manifest last; idempotent.

    ``{digest}`` in ``folder`` becomes the first 16 hex digits of the files' digest, so that other bytes never overwrite
    these. ``meta`` must be JSON; it is kept from the first writing. Raises ``PermanentError``, before anything is written,
    for a file whose name is no plain relative one.
    """
    check_names(f"{parent_uri}/{folder}", files)
    digests = {name: _digest(content) for name, content in files.items()}
    digest = tree_digest(digests)
    uri = f"{parent_uri}/{folder.format(digest=digest[:16])}"
    if s3.exists(f"{uri}/{MANIFEST}"):
        return _same(uri, digest)
    for name, content in files.items():
        _write(content, f"{uri}/{name}", _content_type(name))
    try:
        s3.write_json(f"{uri}/{MANIFEST}", {"digest": digest, "files": digests, "meta": dict(meta or {})})
    except PermanentError:
        if s3.exists(f"{uri}/{MANIFEST}"):  # another task was first, with a note of its own
            return _same(uri, digest)
        raise
    return Artifact(uri=uri, digest=digest, files=digests, meta=dict(meta or {}))


def _same(uri: str, digest: str) -> Artifact:
    found = open_named(uri)
    if found.digest != digest:
        raise PermanentError(f"{uri}: holds other bytes under this name (digest {found.digest[:16]}, not {digest[:16]})")
    return found


def publish_once(uri: str, make: Callable[[], Mapping[str, Content]], meta: Mapping[str, Any] | None = None) -> Artifact:
    """The artifact at ``uri`` where it is whole already, else ``make()``'s files published there.

    For what is named by its inputs: its bytes may differ from one making to the next, so a rerun must not make it again.
    """
    if s3.exists(f"{uri}/{MANIFEST}"):
        return open_named(uri)
    parent, _, folder = uri.rpartition("/")
    return publish(parent, make(), meta, folder)


def _write(content: Content, uri: str, content_type: str) -> None:
    if isinstance(content, Copied) and content.path.stat().st_size <= s3.MAX_COPIED:
        s3.copy(content.uri, content.etag, uri, content_type)
    elif isinstance(content, bytes):
        s3.write_bytes(uri, content, content_type)
    else:
        s3.upload(content.path if isinstance(content, Copied) else content, uri, content_type)


def _digest(content: Content) -> str:
    if isinstance(content, Copied):
        return content.digest
    return bytes_digest(content) if isinstance(content, bytes) else file_digest(content)


def _content_type(name: str) -> str:
    kinds = {".html": "text/html; charset=utf-8", ".json": "application/json", ".css": "text/css", ".js": "text/javascript",
             ".png": "image/png", ".svg": "image/svg+xml"}  # fmt: skip
    return kinds.get(Path(name).suffix, "application/octet-stream")
