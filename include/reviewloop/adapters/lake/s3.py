"""S3, and whole artifacts on it.

An artifact is a set of files under a prefix named by their digest, its ``_manifest.json`` written last. A manifest that
exists therefore means the artifact is whole; a rerun of the same work finds it and writes nothing. The underscore hides
the manifest from Athena. Nothing that a manifest says is believed: see ``core.lake.manifests`` and ``open_artifact``.

Objects under ``sealed/`` can be listed, and their manifests read, but their bytes are for ``adapters.lake.sealed`` alone,
and so is writing them. What lies under ``sealed/`` and ``models/`` is written once: never changed, never deleted.
"""

import hashlib
import json
import posixpath
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config as BotoConfig
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    MetadataRetrievalError,
)
from botocore.exceptions import ConnectionError as NoConnection

from reviewloop.core.digests import bytes_digest, file_digest, tree_digest
from reviewloop.core.lake.manifests import MANIFEST as MANIFEST
from reviewloop.core.lake.manifests import check_names, is_named_by, parse_manifest
from reviewloop.errors import PermanentError, TransientError, Unavailable
from reviewloop.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SEALED = "sealed"
"""The folder of the lake that holds the sealed test parts, and models' answers to them."""
MODELS = "models"
"""The folder of the lake that holds trained models."""
WRITE_ONCE = frozenset({SEALED, MODELS})
"""What lies there decides what answers, or how it is judged: an object that stands is never replaced or deleted."""
_may_read_sealed: ContextVar[bool] = ContextVar("may_read_sealed", default=False)
_may_write_sealed: ContextVar[bool] = ContextVar("may_write_sealed", default=False)
_PIECE = 2**20
"""Bytes of an object that are held at once while it is streamed."""
_UNAVAILABLE: Final = {
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ProvisionedThroughputExceededException",
    "RequestTimeout",
    "RequestTimeoutException",
    "OperationTimeoutException",
    "OperationAborted",  # another writer's conditional write is under way
    "ConditionalRequestConflict",
    "InternalError",
    "InternalFailure",
    "InternalServiceException",
    "ServiceUnavailable",
    # Credentials that a rotation or a clock set right renews.
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
    "RequestTimeTooSkewed",
}
"""AWS's words for "not now", beside the statuses 429 and 5xx, whatever word they come with."""
_NEVER = {501, 505}
"""Not implemented, and HTTP of a version that the server does not speak: waiting changes neither."""
_CHANGED: Final = {"PreconditionFailed", "412"}
"""S3's words for a condition that does not hold: something else stands there than was asked for."""
_TAKEN: Final = _CHANGED | {"ConditionalRequestConflict", "409"}
"""The same, or another write of the same object is just under way."""


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
        data = read_bytes(f"{self.uri}/{name}")
        if bytes_digest(data) != self.files[name]:
            raise PermanentError(f"{self.uri}/{name}: its bytes do not match the manifest; the object was changed or damaged")
        return data

    def fetch(self, name: str, folder: Path) -> Path:
        """One file into ``folder``, as a stream; returns its path. Raises ``PermanentError`` like ``read``."""
        if name not in self.files:
            raise PermanentError(f"{self.uri}: no file {name!r}; it holds {', '.join(sorted(self.files))}")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if download(f"{self.uri}/{name}", path) != self.files[name]:
            raise PermanentError(f"{self.uri}/{name}: its bytes do not match the manifest; the object was changed or damaged")
        return path

    def download(self, folder: Path) -> Path:
        """All files into ``folder`` (made if missing); returns ``folder``."""
        for name in self.files:
            self.fetch(name, folder)
        return folder


@lru_cache(maxsize=1)
def client() -> "S3Client":
    """The process's S3 client, from the standard AWS environment."""
    return boto3.client("s3", config=BotoConfig(retries={"max_attempts": 5, "mode": "standard"}, s3={"addressing_style": "path"}))


def aws_error(error: Exception, what: str) -> TransientError | PermanentError:
    """The AWS client's error as ours: throttles, server errors, lost connections and expired credentials are ``Unavailable``."""
    if isinstance(error, (NoConnection, HTTPClientError, CredentialRetrievalError, MetadataRetrievalError)):
        return Unavailable(f"{what}: no answer from AWS: {error}")
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        status = status or (int(code) if code.isdecimal() else 0)  # an answer without a body has its status for a code
        not_now = code in _UNAVAILABLE or status == 429 or (status >= 500 and status not in _NEVER)
        kind = Unavailable if not_now else PermanentError
        return kind(f"{what}: {code}: {error.response.get('Error', {}).get('Message', '')}")
    return PermanentError(f"{what}: {error}")


@contextmanager
def reading_sealed() -> Iterator[None]:
    """Inside, this thread may read below ``sealed/``. For ``adapters.lake.sealed``, which says what for; for nothing else."""
    token = _may_read_sealed.set(True)
    try:
        yield
    finally:
        _may_read_sealed.reset(token)


@contextmanager
def writing_sealed() -> Iterator[None]:
    """Inside, this thread may write below ``sealed/`` what is not there yet. For ``adapters.lake.sealed``; for nothing else."""
    token = _may_write_sealed.set(True)
    try:
        yield
    finally:
        _may_write_sealed.reset(token)


def _place(key: str) -> str:
    """The key from the bucket's root, as a store that follows dots and doubled slashes understands it."""
    return posixpath.normpath(f"/{key.lstrip('/')}")


def _top_folder(key: str) -> str:
    return _place(key).split("/")[1]


def readable(uri: str) -> tuple[str, str]:
    """Bucket and key of an object that may be read. Raises ``PermanentError`` for one of a sealed part."""
    bucket, key = split_uri(uri)
    is_sealed = _place(key).startswith(f"/{SEALED}/") and not _place(key).endswith(f"/{MANIFEST}")
    if is_sealed and not _may_read_sealed.get():
        raise PermanentError(f"read {uri}: the test part is sealed; only those who judge a model open it (adapters.lake.sealed)")
    return bucket, key


def writable(uri: str) -> tuple[str, str, bool]:
    """Bucket and key of an object that may be written, and whether only once. Raises ``PermanentError`` for a sealed part's."""
    bucket, key = split_uri(uri)
    folder = _top_folder(key)
    if folder in WRITE_ONCE and _place(key) != f"/{key}":
        raise PermanentError(f"write {uri}: a key below {folder}/ must be written out plainly, without dots or doubled slashes")
    if folder == SEALED and not _may_write_sealed.get():
        raise PermanentError(f"write {uri}: the test part is sealed; only adapters.lake.sealed puts something there")
    return bucket, key, folder in WRITE_ONCE


def require_unsealed(prefix_uri: str) -> None:
    """Raises ``PermanentError`` where some key under the prefix may be a sealed part's: for what others will read by it."""
    _, key = split_uri(prefix_uri)
    if _top_folder(key) == SEALED or f"/{SEALED}/".startswith(_place(key)):
        raise PermanentError(f"prefix: {prefix_uri} holds the sealed test part, which is for those who judge a model; name another")


def lake_uri(*parts: str) -> str:
    """``s3://<bucket of this deployment>/part/part``."""
    return "/".join([f"s3://{settings().bucket}", *parts])


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an ``s3://`` URI. Raises ``PermanentError`` on anything else."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise PermanentError(f"uri: {uri!r} is not of the form s3://bucket/key")
    return bucket, key


def read_bytes(uri: str) -> bytes:
    """The object's bytes. A missing object is a ``PermanentError`` that names it."""
    bucket, key = readable(uri)
    try:
        return client().get_object(Bucket=bucket, Key=key)["Body"].read()
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, f"read {uri}") from error


def read_head(uri: str, num_bytes: int) -> bytes:
    """The object's first bytes, at most ``num_bytes`` (> 0) of them; errors as ``read_bytes``."""
    bucket, key = readable(uri)
    try:
        return client().get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{num_bytes - 1}")["Body"].read()
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, f"read {uri}") from error


def download(uri: str, path: Path, etag: str | None = None) -> str:
    """Stream the object into the file ``path``; returns the SHA-256 of its bytes, in hex.

    With ``etag`` only that version is read: raises ``TransientError`` where the object was replaced meanwhile.
    """
    bucket, key = readable(uri)
    digest = hashlib.sha256()
    try:
        condition: Any = {"IfMatch": etag} if etag else {}
        body = client().get_object(Bucket=bucket, Key=key, **condition)["Body"]
        with path.open("wb") as sink:
            for piece in body.iter_chunks(_PIECE):
                digest.update(piece)
                sink.write(piece)
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in _CHANGED:
            raise TransientError(f"{uri}: another version took its place while it was read; is it still being written?") from error
        raise aws_error(error, f"read {uri}") from error
    return digest.hexdigest()


def upload(path: Path, uri: str, content_type: str = "application/octet-stream") -> str:
    """Write the file as one object, in parts where it is large; returns its URI.

    Below ``models/`` and ``sealed/`` in one part, which S3 takes up to 5 GiB, and like ``write_bytes`` only once.
    """
    bucket, key, once = writable(uri)
    try:
        with path.open("rb") as source:
            if once:
                _put_once(uri, source, file_digest(path), {"ContentType": content_type})
                return uri
            client().upload_fileobj(source, bucket, key, ExtraArgs={"ContentType": content_type})
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, f"write {uri}") from error
    return uri


def write_bytes(
    uri: str, data: bytes, content_type: str = "application/octet-stream", metadata: Mapping[str, str] | None = None
) -> str:
    """Write one object, with metadata where some is given; returns its URI.

    Raises ``PermanentError`` where other bytes stand there already and the folder is written once; the same are left.
    """
    bucket, key, once = writable(uri)
    facts: Any = {"ContentType": content_type, "Metadata": dict(metadata or {})}
    try:
        if once:
            _put_once(uri, data, bytes_digest(data), facts)
        else:
            client().put_object(Bucket=bucket, Key=key, Body=data, **facts)
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, f"write {uri}") from error
    return uri


def create(uri: str, data: bytes, content_type: str = "application/octet-stream") -> bool:
    """Write one object where there is none; returns whether this call did. False: one is there, or somebody writes it just now.

    A lost answer is asked again by the client itself, which then finds its own object: compare the bytes after a False.
    """
    bucket, key, _ = writable(uri)
    try:
        client().put_object(Bucket=bucket, Key=key, Body=data, ContentType=content_type, IfNoneMatch="*")
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in _TAKEN:
            return False
        raise aws_error(error, f"write {uri}") from error
    return True


def _put_once(uri: str, body: Any, digest: str, facts: Mapping[str, Any]) -> None:
    bucket, key = split_uri(uri)
    try:
        client().put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*", **facts)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in _CHANGED:
            raise
        there = hashlib.sha256()
        for piece in client().get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_PIECE):
            there.update(piece)
        if there.hexdigest() != digest:
            raise PermanentError(
                f"write {uri}: other bytes stand there already, and what lies under {_top_folder(key)}/ is written once"
            ) from error


def write_json(uri: str, value: Any) -> str:
    """Write ``value`` as indented JSON; returns its URI."""
    return write_bytes(uri, json.dumps(value, indent=2, sort_keys=True, default=str).encode(), "application/json")


def read_json(uri: str) -> Any:
    """The object, parsed as JSON."""
    return json.loads(read_bytes(uri))


def exists(uri: str) -> bool:
    """Whether the object is there."""
    bucket, key = split_uri(uri)
    try:
        client().head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in {"404", "NoSuchKey", "NotFound"}:
            raise aws_error(error, f"look up {uri}") from error
        _require_bucket(bucket)  # or a lake that is gone would look like an empty one
        return False
    except BotoCoreError as error:
        raise aws_error(error, f"look up {uri}") from error
    return True


def _require_bucket(bucket: str) -> None:
    try:
        client().head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in {"404", "NoSuchBucket", "NotFound"}:
            raise PermanentError(
                f"REVIEWLOOP_BUCKET: no bucket {bucket!r}; make it, or name the one that holds the lake"
            ) from error
        raise aws_error(error, f"look up the bucket {bucket}") from error
    except BotoCoreError as error:
        raise aws_error(error, f"look up the bucket {bucket}") from error


def last_modified(uri: str) -> datetime:
    """When the object was last written, in UTC. A missing object is a ``PermanentError`` that names it."""
    bucket, key = split_uri(uri)
    try:
        return client().head_object(Bucket=bucket, Key=key)["LastModified"].astimezone(UTC)
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, f"look up {uri}") from error


def list_uris(prefix_uri: str) -> Iterator[str]:
    """URIs of every object under a prefix, in key order."""
    return (uri for uri, _ in list_etags(prefix_uri))


def list_etags(prefix_uri: str) -> Iterator[tuple[str, str]]:
    """URI and ETag of every object under a prefix, in key order. Other bytes have another ETag."""
    bucket, prefix = split_uri(prefix_uri)
    try:
        for page in client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                yield f"s3://{bucket}/{item['Key']}", item["ETag"]
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, f"list {prefix_uri}") from error


def remove(prefix_uri: str) -> None:
    """Delete every object under a prefix, an artifact's manifest first: what is left of it is then no artifact any more.

    Raises ``PermanentError``, and deletes nothing, where one of them is written once.
    """
    bucket, _ = split_uri(prefix_uri)
    found = sorted(list_uris(prefix_uri), key=lambda uri: not uri.endswith(f"/{MANIFEST}"))
    if kept := next((uri for uri in found if _top_folder(split_uri(uri)[1]) in WRITE_ONCE), None):
        raise PermanentError(f"delete {prefix_uri}: {kept} is written once and never deleted by this program")
    try:
        for uri in found:
            client().delete_object(Bucket=bucket, Key=split_uri(uri)[1])
    except (ClientError, BotoCoreError) as error:
        raise aws_error(error, f"delete {prefix_uri}") from error


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
    manifest = parse_manifest(f"{uri}/{MANIFEST}", read_bytes(f"{uri}/{MANIFEST}"))
    return Artifact(uri=uri, digest=manifest.digest, files=manifest.files, meta=manifest.meta)


def publish(
    parent_uri: str, files: Mapping[str, bytes | Path], meta: Mapping[str, Any] | None = None, folder: str = "{digest}"
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
    if exists(f"{uri}/{MANIFEST}"):
        return _same(uri, digest)
    for name, content in files.items():
        if isinstance(content, Path):
            upload(content, f"{uri}/{name}", _content_type(name))
        else:
            write_bytes(f"{uri}/{name}", content, _content_type(name))
    try:
        write_json(f"{uri}/{MANIFEST}", {"digest": digest, "files": digests, "meta": dict(meta or {})})
    except PermanentError:
        if exists(f"{uri}/{MANIFEST}"):  # another task was first, with a note of its own
            return _same(uri, digest)
        raise
    return Artifact(uri=uri, digest=digest, files=digests, meta=dict(meta or {}))


def _same(uri: str, digest: str) -> Artifact:
    found = open_named(uri)
    if found.digest != digest:
        raise PermanentError(f"{uri}: holds other bytes under this name (digest {found.digest[:16]}, not {digest[:16]})")
    return found


def publish_once(uri: str, make: Callable[[], Mapping[str, bytes | Path]], meta: Mapping[str, Any] | None = None) -> Artifact:
    """The artifact at ``uri`` where it is whole already, else ``make()``'s files published there.

    For what is named by its inputs: its bytes may differ from one making to the next, so a rerun must not make it again.
    """
    if exists(f"{uri}/{MANIFEST}"):
        return open_named(uri)
    parent, _, folder = uri.rpartition("/")
    return publish(parent, make(), meta, folder)


def _digest(content: bytes | Path) -> str:
    return bytes_digest(content) if isinstance(content, bytes) else file_digest(content)


def _content_type(name: str) -> str:
    kinds = {".html": "text/html; charset=utf-8", ".json": "application/json", ".css": "text/css", ".js": "text/javascript",
             ".png": "image/png", ".svg": "image/svg+xml"}  # fmt: skip
    return kinds.get(Path(name).suffix, "application/octet-stream")
